package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/analyze"
)

type analyzeCmd struct {
	File   string `arg:"" optional:"" help:"One text a line; standard input when left out." placeholder:"FILE"`
	Config string `help:"A configuration, for its topics, watches and thresholds, and what the team taught its store." short:"c" placeholder:"FILE"`
	Data   string `help:"The store's folder, for what the team taught a store without a configuration." placeholder:"DIR"`
	Watch  string `help:"The watch that all texts are about; those whose terms they hold when left out." placeholder:"NAME"`
	JSON   bool   `help:"Print one JSON object a line."`
}

// Help is shown by --help.
func (analyzeCmd) Help() string {
	return "What the team taught changes verdicts about the watch it was taught of.\n\n" +
		"Examples:\n  echo 'It smells burnt and nobody answers.' | earshot analyze --json\n  earshot analyze texts.txt --data data --watch larkspur --json"
}

// Run reads and prints, line by line and in order.
func (c analyzeCmd) Run(e *env) error {
	defer debug.SetGCPercent(debug.SetGCPercent(leanPercent))
	a, err := c.analyzer(e)
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
		m := bot.Mention{Text: line}
		if c.Watch != "" {
			m.Watches = []string{c.Watch}
		}
		l := analyze.LineOf(a.Hear(m).Verdict)
		if c.JSON {
			return enc.Encode(l)
		}
		_, err := fmt.Fprintf(out, "%-8s %5.2f  %-3s %s\n", l.Label, l.Score, l.Language, strings.Join(append(l.Topics, l.Intents...), ", "))
		return err
	})
	return errors.Join(err, out.Flush())
}

// leanPercent is the garbage that commands let gather which read texts and
// nothing else, in percent of what they keep: they make little, and stay small.
const leanPercent = 20

// analyzer is made for the configuration or the store that was named.
func (c analyzeCmd) analyzer(e *env) (*analyze.Analyzer, error) {
	if c.Config == "" && c.Data == "" {
		return analyze.New(analyze.Settings{Topics: plainConfig("").topics()})
	}
	cfg, err := storeConfig(e, c.Config, c.Data)
	if err != nil {
		return nil, err
	}
	a, err := analyze.New(analyze.Settings{Topics: cfg.topics(), Watches: cfg.watches(), Answered: cfg.routed(),
		Urgency: cfg.urgency(), FlagAt: cfg.Sentiment.FlagAt, UnsureBelow: cfg.Sentiment.UnsureBelow})
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(cfg.Database.Path); c.Data == "" && cfg.Database.URL == "" && err != nil {
		return a, nil // the bot has not run yet
	}
	s, err := openToRead(e, cfg)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	taught, err := s.Lessons(e.ctx, bot.LessonFilter{Counting: true, Limit: mostTaught})
	if err != nil {
		return nil, err
	}
	slices.Reverse(taught) // in the order they were given
	a.Learn(taught)
	return a, nil
}

// mostTaught is how many lessons are read, the latest.
const mostTaught = 100_000

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
