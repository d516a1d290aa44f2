package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var updateModules = flag.Bool("update", false, "write modules.txt anew")

// TestModules keeps modules.txt what the binary is made of, with every build
// tag, and every licence known. -update writes it.
func TestModules(t *testing.T) {
	want := builtIn(t)
	if *updateModules {
		if err := os.WriteFile("modules.txt", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("modules.txt")
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Errorf("modules.txt is stale: run go test -tags sqlite_fts5 ./cmd/earshot -run TestModules -update\nwant:\n%s", want)
	}
	for _, m := range modules() {
		for _, bad := range []string{"unknown", "AGPL", "GPL-3.0-only", "GPL-2.0-only"} {
			if strings.Contains(m.Licence, bad) {
				t.Errorf("%s has the licence %s: it cannot be in an Apache-2.0 binary", m.Module, m.Licence)
			}
		}
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"version", "--modules", "--json"}, os.Getenv, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var printed []moduleInfo
	if err := json.Unmarshal(out.Bytes(), &printed); err != nil || len(printed) < 20 || printed[0].Module != "std" {
		t.Errorf("printed %d modules: %v", len(printed), err)
	}
}

// builtIn lists the modules of the program's packages, with the licences that
// their files name.
func builtIn(t *testing.T) string {
	t.Helper()
	dirs := map[string]string{}
	for _, tags := range []string{"sqlite_fts5", "sqlite_fts5,onnx"} {
		cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", tags, "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", ".")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(out)) {
			if name, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				dirs[name] = dir
			}
		}
	}
	var lines []string
	for name, dir := range dirs {
		lines = append(lines, fmt.Sprintf("%s %s\n", name, licenceOf(t, dir)))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// licenceOf reads the licence files of a module.
func licenceOf(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.ToUpper(f.Name())
		if f.IsDir() || !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") {
			continue
		}
		body, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if l := licence(strings.Join(strings.Fields(string(body)), " ")); l != "" {
			return l
		}
	}
	return "unknown"
}

// licence tells a licence by words that only it has.
func licence(text string) string {
	for _, l := range []struct{ name, has, also string }{
		{"FTL OR GPL-2.0-or-later", "FreeType License", ""},
		{"FTL OR GPL-2.0-or-later", "FreeType Project LICENSE", ""},
		{"Apache-2.0 AND MIT", "Apache License", "Permission is hereby granted, free of charge"},
		{"Apache-2.0", "Apache License", ""},
		{"MPL-2.0", "Mozilla Public License", ""},
		{"AGPL-3.0-only", "GNU AFFERO GENERAL PUBLIC LICENSE", ""},
		{"GPL-3.0-only", "GNU GENERAL PUBLIC LICENSE", ""},
		{"BSD-2-Clause AND ISC", "Redistribution and use in source and binary forms", "Permission to use, copy, modify, and distribute this software for any purpose with or without fee"},
		{"ISC", "Permission to use, copy, modify, and", "distribute this software for any purpose with or without fee"},
		{"BSD-3-Clause", "Redistribution and use in source and binary forms", "Neither the name"},
		{"BSD-3-Clause", "Redistribution and use in source and binary forms", "may not be used to endorse"},
		{"BSD-2-Clause", "Redistribution and use in source and binary forms", ""},
		{"MIT", "Permission is hereby granted, free of charge", ""},
		{"Unlicense", "This is free and unencumbered software", ""},
	} {
		if strings.Contains(text, l.has) && strings.Contains(text, l.also) {
			return l.name
		}
	}
	return ""
}
