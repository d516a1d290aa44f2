package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"earshot/bot"
)

// commands is the command line, one field a subcommand.
type commands struct {
	Run          runCmd          `cmd:"" help:"Run the bot."`
	Demo         demoCmd         `cmd:"" help:"Show Earshot at work in the browser, on a bundled story. Needs nothing."`
	Init         initCmd         `cmd:"" help:"Ask a few questions and write a configuration file."`
	Check        checkCmd        `cmd:"" help:"Try every credential, permission and channel, and say how to mend what fails."`
	Import       importCmd       `cmd:"" help:"Read mentions or customers from a file into the store."`
	Analyze      analyzeCmd      `cmd:"" help:"Say what Earshot understands of each line of a text file."`
	Digest       digestCmd       `cmd:"" help:"Print the digest of an audience or a watch."`
	Contrast     contrastCmd     `cmd:"" help:"Say what one group of people says that another does not."`
	Eval         evalCmd         `cmd:"" help:"Measure the sentiment model or the spike detector on labelled data."`
	Backup       backupCmd       `cmd:"" help:"Copy the store to a file while the bot runs."`
	Restore      restoreCmd      `cmd:"" help:"Put a backup in the place of the store."`
	MigrateStore migrateStoreCmd `cmd:"" help:"Copy a SQLite store into PostgreSQL, and go on there."`
	Erase        eraseCmd        `cmd:"" help:"Forget a person: in the store, the search, reports and posted cards."`
	Export       exportCmd       `cmd:"" help:"Write mentions, cases, replies or events to a file: NDJSON, CSV or Parquet."`
	Watch        watchCmd        `cmd:"" help:"Try a watch before it is saved."`
	Kinds        kindsCmd        `cmd:"" help:"List every kind of source and platform."`
	Manifest     manifestCmd     `cmd:"" help:"Print what to create at Slack or Discord, with the least permissions."`
	Version      versionCmd      `cmd:"" help:"Print the version."`
}

// env is what a command works with.
type env struct {
	ctx            context.Context
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
}

// usageError is a mistake on the command line: exit status 2.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// run is the whole program: it reads the command line, does what it says, and
// tells on stderr what went wrong.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	return runWith(args, &env{ctx: ctx, getenv: getenv, stdin: os.Stdin, stdout: stdout, stderr: stderr, now: time.Now})
}

// runWith does so with what a command works with, its clock too.
func runWith(args []string, e *env) error {
	stdout, stderr := e.stdout, e.stderr
	var cmds commands
	helped := false
	parser, err := kong.New(&cmds,
		kong.Name("earshot"),
		kong.Description("Hears what customers say, and brings what needs an answer to your team in Slack, Discord and the browser."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, Summary: false, WrapUpperBound: 100}),
	)
	if err != nil {
		return fmt.Errorf("build the command line: %w", err)
	}
	args = customary(args)
	k, err := parser.Parse(args)
	if helped {
		return nil
	}
	if err != nil {
		fmt.Fprintf(stderr, "earshot: %s\nTry `earshot %s--help`.\n", visible(err.Error()), visible(known(parser.Model, args)))
		return usageError{err}
	}
	err = k.Run(e)
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(stderr, "earshot: %s\n", visible(message(err)))
	}
	return err
}

// customary reads what people type out of habit: nothing at all, "help check",
// "--version".
func customary(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	case args[0] == "--version":
		return append([]string{"version"}, args[1:]...)
	}
	return args
}

// known is the subcommand in args, for a hint; nothing where there is none.
func known(model *kong.Application, args []string) string {
	for _, c := range model.Children {
		if c.Name == args[0] {
			return args[0] + " "
		}
	}
	return ""
}

// message is an error for the person at the terminal: an Error's own words, with
// the cause behind them, which is for whoever runs the bot.
func message(err error) string {
	var e *bot.Error
	switch {
	case !errors.As(err, &e):
		return err.Error()
	case e.Err == nil:
		return e.Msg
	}
	return strings.Replace(err.Error(), e.Error(), e.Msg+" ("+e.Err.Error()+")", 1)
}

// exitCode is 0 when all went well or somebody pressed Ctrl-C, 2 for a mistake
// on the command line, else 1.
func exitCode(err error) int {
	var usage usageError
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return 0
	case errors.As(err, &usage):
		return 2
	}
	return 1
}

// printJSON writes v as one indented JSON object.
func (e *env) printJSON(v any) error {
	enc := json.NewEncoder(logLines{e.stdout})
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// printf writes to standard output.
func (e *env) printf(format string, args ...any) { fmt.Fprintf(e.stdout, format, args...) }

// logger logs to standard error.
func (e *env) logger(level string, asJSON bool) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: l}
	if asJSON {
		return slog.New(slog.NewJSONHandler(logLines{e.stderr}, opts))
	}
	return slog.New(slog.NewTextHandler(e.stderr, opts))
}

// terminal tells whether w is a terminal, where progress may be shown.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
