package main

import (
	_ "embed"
	"runtime"
	"strings"
	"text/tabwriter"
)

// modulesText lists what is built in: module, version and licence (its SPDX
// name), a line each, made by `go test ./cmd/earshot -run TestModules -update`.
//
//go:embed modules.txt
var modulesText string

// moduleInfo is one module that is built in.
type moduleInfo struct {
	Module  string `json:"module"`
	Version string `json:"version"`
	Licence string `json:"licence"`
}

// modules lists what is built in: Go's own library first, then ours in the
// order of their names.
func modules() []moduleInfo {
	all := []moduleInfo{{"std", runtime.Version(), "BSD-3-Clause"}}
	for line := range strings.Lines(modulesText) {
		if f := strings.Fields(line); len(f) >= 3 {
			all = append(all, moduleInfo{f[0], f[1], strings.Join(f[2:], " ")})
		}
	}
	return all
}

// printModules prints them as a table.
func printModules(e *env) error {
	w := tabwriter.NewWriter(e.stdout, 0, 4, 2, ' ', 0)
	for _, m := range append([]moduleInfo{{"MODULE", "VERSION", "LICENCE"}}, modules()...) {
		if _, err := w.Write([]byte(m.Module + "\t" + m.Version + "\t" + m.Licence + "\n")); err != nil {
			return err
		}
	}
	return w.Flush()
}
