package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the linker for a release; a build from source tells its commit.
var version = "" //nolint:gochecknoglobals // the linker needs a variable

type versionCmd struct {
	Modules bool `help:"List what is built in: module, version and licence."`
	JSON    bool `help:"Print JSON."`
}

// Help is shown by --help.
func (versionCmd) Help() string { return "Examples:\n  earshot version\n  earshot version --modules" }

// Run prints the version.
func (c versionCmd) Run(e *env) error {
	if c.Modules && c.JSON {
		return e.printJSON(modules())
	}
	if c.Modules {
		return printModules(e)
	}
	v, commit := versionWords()
	if c.JSON {
		return e.printJSON(map[string]string{"version": v, "commit": commit, "go": runtime.Version()})
	}
	e.printf("earshot %s (%s, %s)\n", v, commit, runtime.Version())
	return nil
}

func versionWords() (v, commit string) {
	v, commit = version, "no commit"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return fallback(v), commit
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			commit = s.Value[:12]
		}
	}
	if v == "" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		v = info.Main.Version
	}
	return fallback(v), commit
}

func fallback(v string) string {
	if v == "" {
		return "dev"
	}
	return v
}

// userAgent is how Earshot names itself to the places it reads.
func userAgent() string {
	v, _ := versionWords()
	return fmt.Sprintf("earshot/%s", v)
}
