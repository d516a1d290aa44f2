package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"earshot/bot"
	"earshot/bot/source/community"
	"earshot/bot/source/httpx"
	"earshot/digest"
	"earshot/store"
)

type watchCmd struct {
	Test watchTestCmd `cmd:"" help:"Show what a watch would catch, before it is saved."`
}

type watchTestCmd struct {
	Terms   []string `arg:"" help:"Its words and phrases, as in the configuration." placeholder:"TERM"`
	Exclude []string `help:"A mention with one of these is not about it." placeholder:"WORD"`
	Period  string   `help:"Only what was said in the last 24h, 7d, 2w, 1mo; all that is stored when left out." placeholder:"PERIOD"`
	Offline bool     `help:"Ask no source; look at what is stored alone."`
	Config  string   `help:"The configuration file." short:"c" placeholder:"FILE"`
	Data    string   `help:"The store's folder, without a configuration." placeholder:"DIR"`
	JSON    bool     `help:"Print JSON."`
}

// Help is shown by --help.
func (watchTestCmd) Help() string {
	return `Two samples are taken: what is stored, and what each configured source that can be searched finds now (at most two reads and
200 mentions each; nothing is stored). What is stored was heard by your other watches: what is new shows in the second.

Examples:
  earshot watch test "acme kettle" "#acmekettle"
  earshot watch test jaguar --exclude "xk8,zoo,panthera" --period 30d
  earshot watch test acme --offline --json`
}

// watchTested is what is printed.
type watchTested struct {
	Terms   []string  `json:"terms"`
	Exclude []string  `json:"exclude"`
	From    time.Time `json:"from,omitzero"`
	*catch
	Share   float64     `json:"share_caught_already"`
	Live    []heardLive `json:"live"`
	Samples []sample    `json:"samples"`
	Noise   []noise     `json:"noise"`
	offline bool
}

// Run tries the watch.
func (c watchTestCmd) Run(e *env) error {
	cfg, err := storeConfig(e, c.Config, c.Data)
	if err != nil {
		return err
	}
	w := bot.Watch{Name: "the watch", Kind: bot.Brand, Terms: c.Terms, Exclude: c.Exclude}
	got, err := newCatch(w)
	if err != nil {
		return usageError{err}
	}
	from, err := c.from(cfg)
	if err != nil {
		return usageError{err}
	}
	if err := stored(e, cfg, from, got); err != nil {
		return err
	}
	out := watchTested{Terms: c.Terms, Exclude: append([]string{}, c.Exclude...), From: from, catch: got, Live: []heardLive{}, offline: c.Offline}
	if got.Caught > 0 {
		out.Share = float64(got.Already) / float64(got.Caught)
	}
	if !c.Offline {
		client, err := httpx.New(httpx.Options{UserAgent: userAgent(), Allow: cfg.Network.Allow})
		if err != nil {
			return err
		}
		out.Live = listenNow(e, cfg, drivers(community.NewHub(time.Now)), client, w, got)
		client.CloseIdleConnections()
	}
	out.Samples, out.Noise = append([]sample{}, got.samples...), got.noise()
	if c.JSON {
		return e.printJSON(out)
	}
	return out.print(e)
}

// from is since when what is stored counts; zero for all of it.
func (c watchTestCmd) from(cfg *config) (time.Time, error) {
	if c.Period == "" {
		return time.Time{}, nil
	}
	period, err := digest.ParsePeriod(c.Period)
	if err != nil {
		return time.Time{}, err
	}
	from, _ := period.Before(time.Now(), cfg.zone())
	return from, nil
}

// stored shows the watch what is stored.
func stored(e *env, cfg *config, from time.Time, got *catch) error {
	s, err := openToRead(e, cfg)
	if bot.KindOf(err) == bot.ErrNotFound {
		return nil // nothing was heard yet
	}
	if err != nil {
		return err
	}
	bar := newProgress(e.stderr)
	err = s.ExportMentions(e.ctx, store.ExportFilter{From: from}, func(r bot.Reading) error {
		if !r.Mention.Deleted {
			got.take(r.Mention, r.Verdict.Flagged, false)
		}
		bar.show(0, "looked at %d mentions", got.Read)
		return nil
	})
	bar.done()
	return errors.Join(err, s.Close())
}

// print writes it for people.
func (t watchTested) print(e *env) error {
	since := ""
	if !t.From.IsZero() {
		since = " since " + t.From.UTC().Format(time.DateOnly)
	}
	e.printf("Stored%s: %d of %d mentions, %d of them flagged.\n", since, t.Caught, t.Read, t.Flagged)
	if t.Caught > 0 {
		e.printf("Already caught by another watch: %d (%.0f %%).\n", t.Already, 100*t.Share)
	}
	w := tabwriter.NewWriter(e.stdout, 0, 4, 2, ' ', 0)
	for _, table := range []struct {
		head string
		rows map[string]int
	}{{"SOURCE", t.BySource}, {"WEEK FROM", t.ByWeek}} {
		if len(table.rows) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s\tMENTIONS\n", table.head)
		for _, k := range slices.Sorted(maps.Keys(table.rows)) {
			fmt.Fprintf(w, "%s\t%d\n", visible(k), table.rows[k])
		}
	}
	if len(t.Live) > 0 {
		fmt.Fprintf(w, "\nASKED NOW\tCAUGHT\tREAD\n")
		for _, h := range t.Live {
			fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", visible(h.Source), h.Caught, h.Read, visible(h.Error))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(t.Live) == 0 && !t.offline {
		e.printf("No source was asked: none that can be searched is configured. earshot kinds lists them; hackernews needs nothing.\n")
	}
	if len(t.Samples) > 0 {
		e.printf("\nSamples:\n")
	}
	for _, s := range t.Samples {
		e.printf("  %s %s %s: %s\n", s.At.Format(time.DateOnly), visible(s.Source), visible(s.Author), visible(s.Text))
	}
	if len(t.Noise) > 0 {
		all := make([]string, len(t.Noise))
		for i, n := range t.Noise {
			all[i] = fmt.Sprintf("%s (%d)", visible(n.Word), n.Count)
		}
		e.printf("\nWords that hardly stand elsewhere; if one means something else, exclude it: %s\n", strings.Join(all, ", "))
	}
	return nil
}
