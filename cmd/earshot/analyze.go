package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/analyze"
)

type analyzeCmd struct {
	File   string `arg:"" optional:"" help:"One text a line; standard input when left out." placeholder:"FILE"`
	Config string `help:"A configuration, for its topics and thresholds." short:"c" placeholder:"FILE"`
	JSON   bool   `help:"Print one JSON object a line."`
}

// Help is shown by --help.
func (analyzeCmd) Help() string {
	return "Example:\n  echo 'It smells burnt and nobody answers.' | earshot analyze --json"
}

// Run reads and prints, line by line and in order.
func (c analyzeCmd) Run(e *env) error {
	set := analyze.Settings{Topics: plainConfig("").topics()}
	if c.Config != "" {
		cfg, err := storeConfig(e, c.Config, "")
		if err != nil {
			return err
		}
		set = analyze.Settings{Topics: cfg.topics(), Urgency: cfg.urgency(), FlagAt: cfg.Sentiment.FlagAt, UnsureBelow: cfg.Sentiment.UnsureBelow}
	}
	a, err := analyze.New(set)
	if err != nil {
		return err
	}
	in, closeIn, err := input(e, c.File)
	if err != nil {
		return err
	}
	defer closeIn()
	out := bufio.NewWriter(e.stdout)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	err = eachLine(in, func(line string) error {
		if err := e.ctx.Err(); err != nil {
			return err
		}
		l := analyze.LineOf(a.Verdict(bot.Mention{Text: line}))
		if c.JSON {
			return enc.Encode(l)
		}
		_, err := fmt.Fprintf(out, "%-8s %5.2f  %-3s %s\n", l.Label, l.Score, l.Language, strings.Join(append(l.Topics, l.Intents...), ", "))
		return err
	})
	return errors.Join(err, out.Flush())
}

// input opens a file, or standard input for "" and "-".
func input(e *env, name string) (io.Reader, func(), error) {
	if name == "" || name == "-" {
		return e.stdin, func() {}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, bot.Errorf(bot.ErrInvalid, "%s cannot be read: %v.", name, unwrapPath(err))
	}
	return f, func() { f.Close() }, nil
}

// eachLine reads lines of any length; the last may lack its end.
func eachLine(r io.Reader, do func(line string) error) error {
	br := bufio.NewReaderSize(r, 1<<16)
	for {
		line, err := br.ReadString('\n')
		if line != "" {
			if err := do(strings.TrimRight(line, "\r\n")); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the input: %w", err)
		}
	}
}

func readTexts(e *env, name string) ([]string, error) {
	in, closeIn, err := input(e, name)
	if err != nil {
		return nil, err
	}
	defer closeIn()
	var lines []string
	err = eachLine(in, func(line string) error {
		lines = append(lines, line)
		return nil
	})
	return lines, err
}

// since is how long something took, never zero.
func since(start time.Time) time.Duration { return max(time.Since(start), time.Microsecond) }
