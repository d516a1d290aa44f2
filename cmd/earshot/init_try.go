package main

import (
	"log/slog"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"earshot/bot"
	"earshot/bot/source/httpx"
)

// variable is how an environment variable is called.
func variable() *regexp.Regexp { return regexp.MustCompile(`^[A-Z_][A-Z0-9_]{0,99}$`) }

// valueOf is an answer as YAML: as the settings have it, a number and a yes or
// no as they are, all else in quotes.
func valueOf(d bot.Driver, q bot.SetupQuestion, answer string) string {
	if q.List {
		return words(answer)
	}
	if f, ok := fieldOf(d.Settings(), q.Key); ok {
		switch f.Kind() {
		case reflect.Bool:
			switch strings.ToLower(answer) {
			case "yes", "y", "true", "on":
				return "true"
			case "no", "n", "false", "off":
				return "false"
			}
		case reflect.Int, reflect.Int64:
			if _, err := strconv.Atoi(answer); err == nil {
				return answer
			}
		case reflect.Slice:
			return words(answer)
		}
	}
	return quoted(answer)
}

// fieldOf finds the type of a setting by its yaml name.
func fieldOf(settings any, key string) (reflect.Type, bool) {
	return fieldIn(reflect.TypeOf(settings).Elem(), key)
}

func fieldIn(t reflect.Type, key string) (reflect.Type, bool) {
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if t.Field(i).Anonymous && name == "" { // part of it, as the decoder reads it
			if f, ok := fieldIn(t.Field(i).Type, key); ok {
				return f, true
			}
		}
		if name != key {
			continue
		}
		f := t.Field(i).Type
		if f.Kind() == reflect.Pointer {
			f = f.Elem()
		}
		return f, true
	}
	return nil, false
}

// try makes the source as it was answered, so that what cannot work is told at
// once. It asks no service. What is wrong with a secret is not known here.
func (c chosen) try(d bot.Driver, env bot.SourceEnv) (bot.Source, error) {
	node, err := parseYAML("the answers", []byte(strings.Join(c.lines(), "\n")+"\n"))
	if err != nil {
		return nil, bot.Errorf(bot.ErrInvalid, "An answer cannot be written down as it is. Leave out control characters.")
	}
	found := &problems{file: "the answers"}
	dec := &decoder{getenv: pretended, problems: found, anchors: map[string]ast.Node{}, lines: map[string]int{}}
	decode := func(into any) error {
		dec.value(node, reflect.ValueOf(into).Elem(), "")
		if len(found.list) > 0 {
			return bot.Errorf(bot.ErrInvalid, "%s: %s.", found.list[0].path, strings.TrimRight(found.list[0].msg, "."))
		}
		return nil
	}
	src, err := d.New(c.Kind, decode, env)
	if err != nil && c.blames(bot.Told(err)) {
		err = nil
	}
	return src, err
}

// pretended is the value of each secret before the operator has set it.
func pretended(string) string { return "set-by-the-operator" }

// blames tells whether what is wrong is a secret, which is only pretended.
func (c chosen) blames(told string) bool {
	for _, s := range c.Secrets {
		if strings.Contains(strings.ToLower(told), strings.ToLower(strings.ReplaceAll(s.Key, "_", " "))) || strings.Contains(told, s.Key) {
			return true
		}
	}
	return false
}

// lines are the settings as YAML, one a line.
func (c chosen) lines() []string {
	all := make([]string, len(c.Settings))
	for i, s := range c.Settings {
		all[i] = s.Key + ": " + s.Value
	}
	if len(all) == 0 {
		return []string{"{}"}
	}
	return all
}

// tryEnv is what a source is made with to see whether its settings can work: the
// watch that was answered. It is asked nothing.
func (a answers) tryEnv() (bot.SourceEnv, error) {
	client, err := httpx.New(httpx.Options{UserAgent: userAgent()})
	watches := []bot.Watch{{Name: a.Company, Kind: bot.Brand, Terms: wordList(a.Terms)}}
	return bot.SourceEnv{
		HTTP: client, Log: slog.New(slog.DiscardHandler), Now: time.Now, Zone: time.UTC, Stdin: strings.NewReader(""),
		Watches: watches, Matcher: matcher(watches),
	}, err
}
