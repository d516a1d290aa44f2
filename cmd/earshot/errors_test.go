package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEveryErrorIsInAGoldenFile keeps the words of every error that people can
// see, one file a package: what bot.Errorf and bot.Error say, and what a form
// says of a field. What a message names stands in it as ‹the code's name for
// it›. Run it with -update after changing one, and read the difference.
func TestEveryErrorIsInAGoldenFile(t *testing.T) {
	dir := filepath.Join("testdata", "errors")
	all, own := map[string][]string{}, wrappers(t)
	eachFile(t, filepath.Join("..", ".."), func(path string, f *ast.File) {
		if strings.HasSuffix(path, "_test.go") || strings.HasSuffix(filepath.Dir(path), "test") {
			return
		}
		pkg := strings.ReplaceAll(filepath.ToSlash(filepath.Dir(path)), "/", "_") + ".txt"
		for _, said := range errorsOf(f, own[filepath.Dir(path)]) {
			wellSaid(t, path, said)
			all[pkg] = append(all[pkg], fmt.Sprintf("%-14s %-12s %s", filepath.Base(path), said[0], said[1]))
		}
	})
	want := map[string]bool{}
	for pkg, lines := range all {
		want[pkg] = true
		golden := filepath.Join(dir, pkg)
		got := strings.Join(lines, "\n") + "\n"
		if *updateModules {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		old, err := os.ReadFile(golden)
		if err != nil {
			t.Error(err)
		}
		if d := cmp.Diff(strings.Split(string(old), "\n"), strings.Split(got, "\n")); d != "" {
			t.Errorf("%s (-want +got), go test ./cmd/earshot -run GoldenFile -update:\n%s", golden, d)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) != len(want) {
		t.Errorf("%d golden files for %d packages with errors: remove those of packages that are gone, %v", len(files), len(want), err)
	}
}

// wellSaid: what people read begins like a sentence and ends like one, and says
// no more than it must.
func wellSaid(t *testing.T, path string, said [2]string) {
	t.Helper()
	msg := said[1]
	if strings.HasPrefix(msg, "‹") && strings.HasSuffix(msg, "›") {
		return // put together elsewhere
	}
	if !begins().MatchString(msg) {
		t.Errorf("%s: %q does not begin like a sentence", path, msg)
	}
	if !ends().MatchString(msg) {
		t.Errorf("%s: %q does not end like a sentence", path, msg)
	}
}

// begins: with a capital, a number or sign, something that is put in, or the
// name of a setting and what is wrong with it.
func begins() *regexp.Regexp { return regexp.MustCompile(`^([^a-z]|[a-z_.]+ (is|cannot) )`) }

// ends: like a sentence, with something that is put in, or with a command to
// copy after a colon.
func ends() *regexp.Regexp { return regexp.MustCompile(`[.?!›)]$|: (go|openssl|earshot) .*[^.]$`) }

// wrappers lists, by package, functions that hand a format on to bot.Errorf,
// with the kind of error that they make of it.
func wrappers(t *testing.T) map[string]map[string]string {
	all := map[string]map[string]string{}
	eachFile(t, filepath.Join("..", ".."), func(path string, f *ast.File) {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if ok && isBot(f, call.Fun, "Errorf") && len(call.Args) > 1 && source(call.Args[1]) == "format" {
					if all[filepath.Dir(path)] == nil {
						all[filepath.Dir(path)] = map[string]string{}
					}
					all[filepath.Dir(path)][fn.Name.Name] = errorKind(call.Args[0])
				}
				return true
			})
		}
	})
	return all
}

// errorsOf lists the errors of a file in order: kind and words. own are its
// package's functions that make errors of a format.
func errorsOf(f *ast.File, own map[string]string) (all [][2]string) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && own[id.Name] != "" && len(n.Args) > 0 {
				all = append(all, [2]string{own[id.Name], errorWords(n.Args[0], n.Args[1:])})
			}
			if isBot(f, n.Fun, "Errorf") && len(n.Args) > 1 && source(n.Args[1]) != "format" {
				all = append(all, [2]string{errorKind(n.Args[0]), errorWords(n.Args[1], n.Args[2:])})
			}
		case *ast.CompositeLit:
			kind, msg := field(n, "Kind"), field(n, "Msg")
			if isBot(f, n.Type, "Error") && msg != nil {
				all = append(all, [2]string{errorKind(kind), errorWords(msg, nil)})
			}
			if isBot(f, n.Type, "Answer") {
				for _, e := range fieldErrors(field(n, "Errors")) {
					all = append(all, [2]string{"form", errorWords(e, nil)})
				}
			}
		}
		return true
	})
	return all
}

// isBot tells whether an expression names something of package bot.
func isBot(f *ast.File, e ast.Expr, name string) bool {
	if id, ok := e.(*ast.Ident); ok {
		return f.Name.Name == "bot" && id.Name == name
	}
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == "bot"
}

func field(lit *ast.CompositeLit, name string) ast.Expr {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok && id.Name == name {
				return kv.Value
			}
		}
	}
	return nil
}

func fieldErrors(e ast.Expr) (all []ast.Expr) {
	if lit, ok := e.(*ast.CompositeLit); ok {
		for _, e := range lit.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				all = append(all, kv.Value)
			}
		}
	}
	return all
}

func errorKind(e ast.Expr) string {
	return strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(source(e), "bot."), "Err"))
}

// verb is a place in a format where an argument goes.
func verb() *regexp.Regexp { return regexp.MustCompile(`%[-+# 0-9.]*[a-zA-Z%]`) }

// errorWords is a message as a person reads it, with the names of what is put in.
func errorWords(format ast.Expr, args []ast.Expr) string {
	if call, ok := format.(*ast.CallExpr); ok && source(call.Fun) == "fmt.Sprintf" && len(args) == 0 {
		return errorWords(call.Args[0], call.Args[1:])
	}
	text, whole := constant(format)
	if !whole || args == nil {
		return oneLine(text)
	}
	return oneLine(verb().ReplaceAllStringFunc(text, func(v string) string {
		switch {
		case v == "%%":
			return "%"
		case len(args) == 0:
			return "‹?›"
		}
		said := "‹" + source(args[0]) + "›"
		args = args[1:]
		if strings.HasSuffix(v, "q") {
			return `"` + said + `"`
		}
		return said
	}))
}

// constant is a string constant, whole when nothing has to be put in; parts
// that are known only at run time stand as their source.
func constant(e ast.Expr) (text string, whole bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil {
			return s, true
		}
	case *ast.BinaryExpr:
		a, whole1 := constant(e.X)
		b, whole2 := constant(e.Y)
		return a + b, whole1 && whole2
	}
	return "‹" + source(e) + "›", false
}

func source(e ast.Expr) string {
	if e == nil {
		return ""
	}
	var b bytes.Buffer
	if err := printer.Fprint(&b, token.NewFileSet(), e); err != nil {
		return "?"
	}
	return oneLine(b.String())
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
