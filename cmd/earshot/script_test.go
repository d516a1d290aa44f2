package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"earshot":       main,  // with its signals: the tests of `run` press Ctrl-C
		"earshot-moved": moved, // by a clock that is wrong
	})
}

// TestScripts runs the command line as a person would: testdata/script holds
// one story a file.
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("what the commands print is read without -short")
	}
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}
