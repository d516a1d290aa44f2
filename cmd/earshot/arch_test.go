package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport lists, for each room, which of Earshot's own packages its
// non-test code may import. A trailing * covers everything below. The longest
// entry that fits a package counts.
func mayImport() map[string][]string {
	adapter := []string{"bot", "bot/text", "bot/card"}
	return map[string][]string{
		"bot":                              {},
		"bot/text":                         {"bot"},
		"bot/card":                         {"bot", "bot/text"},
		"bot/analyze*":                     {"bot", "bot/text", "bot/analyze*"},
		"bot/relate*":                      {"bot", "bot/text", "bot/relate*"},
		"bot/source*":                      append(adapter, "bot/source/graph", "bot/source/httpx", "bot/source/jwt", "bot/source/latest", "bot/source/record", "bot/source/oauth", "bot/source/sourcetest", "bot/source/window"),
		"bot/platform*":                    append(adapter, "bot/platform/platformtest"),
		"bot/platform/slack*":              append(adapter, "bot/platform/slack*", "bot/platform/waits"),
		"bot/platform/discord*":            append(adapter, "bot/platform/discord*", "bot/platform/waits"),
		"bot/platform/discord/discordtest": append(adapter, "bot/platform/discord*", "bot/platform/platformtest"), // a fake, for tests alone
		"bot/platform/console*":            append(adapter, "bot/platform/console*"),
		"bot/listen*":                      {"bot", "bot/text"},
		"bot/vital":                        {"bot", "bot/card"},
		"bot/meter":                        {"bot", "bot/intake", "bot/vital"},
		"bot/intake*":                      {"bot", "bot/text", "bot/act", "bot/analyze*", "bot/relate*"},
		"bot/opinion*":                     {"bot", "bot/text", "bot/opinion*", "bot/source/httpx"},
		"bot/act*":                         {"bot", "bot/text", "bot/card", "bot/relate*"},
		"handlers*":                        {"bot", "bot/text", "bot/card", "bot/act", "bot/relate*"},
		"digest*":                          {"bot", "bot/text", "bot/card", "bot/relate*", "digest*"},
		"store*":                           {"bot", "bot/text", "store*"},
		"cmd/earshot*":                     {"*"},
	}
}

// TestImports keeps the layers apart: data flows one way, adapters do not know
// each other, and only cmd sees everything.
func TestImports(t *testing.T) {
	root := filepath.Join("..", "..")
	eachFile(t, root, func(path string, f *ast.File) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		pkg := filepath.ToSlash(filepath.Dir(path))
		allowed, ok := rulesFor(pkg)
		if !ok {
			t.Errorf("%s: no import rule covers %s; add the room to mayImport", path, pkg)
			return
		}
		for _, imp := range f.Imports {
			name := strings.Trim(imp.Path.Value, `"`)
			own, isOwn := strings.CutPrefix(name, "earshot/")
			switch {
			case isOwn && own != pkg && !slices.ContainsFunc(allowed, func(a string) bool { return fits(a, own) }):
				t.Errorf("%s imports %s, which %s may not", path, name, pkg)
			case !isOwn && pkg == "bot" && strings.Contains(strings.SplitN(name, "/", 2)[0], "."):
				t.Errorf("%s imports %s: the domain has the standard library alone", path, name)
			}
		}
	})
}

// TestStyle keeps what reviewers would say: no init, no mutable package
// variable of a map, slice or pointer type, no file over 400 lines, no package
// named after nothing.
func TestStyle(t *testing.T) {
	eachFile(t, filepath.Join("..", ".."), func(path string, f *ast.File) {
		for _, bad := range []string{"util", "utils", "common", "helper", "helpers", "types"} {
			if f.Name.Name == bad {
				t.Errorf("%s: package %s says nothing; name what it is for", path, bad)
			}
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "init" && fn.Recv == nil {
				t.Errorf("%s: no init functions; wire it in cmd", path)
			}
		}
	})
}

// TestSizes keeps files under 400 lines and functions under 60.
func TestSizes(t *testing.T) {
	root := filepath.Join("..", "..")
	fset := token.NewFileSet()
	walkGo(t, root, func(rel string) {
		f, err := parser.ParseFile(fset, filepath.Join(root, rel), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if n := fset.Position(f.End()).Line; n > 400 {
			t.Errorf("%s has %d lines; 400 are the most", rel, n)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line; n > 60 {
				t.Errorf("%s: %s has %d lines; 60 are the most", rel, fn.Name.Name, n)
			}
		}
	})
}

func rulesFor(pkg string) ([]string, bool) {
	best, rules := "", []string(nil)
	found := false
	for room, allowed := range mayImport() {
		if fits(room, pkg) && len(room) > len(best) {
			best, rules, found = room, allowed, true
		}
	}
	return rules, found
}

// fits tells whether a rule's entry covers a package.
func fits(entry, pkg string) bool {
	if prefix, ok := strings.CutSuffix(entry, "*"); ok {
		return prefix == "" || pkg == prefix || strings.HasPrefix(pkg, prefix+"/") || strings.HasPrefix(pkg, prefix) && strings.HasSuffix(prefix, "/")
	}
	return entry == pkg
}

func eachFile(t *testing.T, root string, visit func(rel string, f *ast.File)) {
	t.Helper()
	fset := token.NewFileSet()
	walkGo(t, root, func(rel string) {
		f, err := parser.ParseFile(fset, filepath.Join(root, rel), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		visit(rel, f)
	})
}

// walkGo visits every Go file of the module, dot folders and test data left out.
func walkGo(t *testing.T, root string, visit func(rel string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(path, ".go") {
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			visit(filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
