package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"earshot/bot"
	"earshot/bot/relate/contrast"
	"earshot/bot/source/community"
	"earshot/bot/text"
	"earshot/digest"
)

type contrastCmd struct {
	A      string `help:"Who is asked about: rating=2, 1-2 stars, detractors, negative, source=reviews, topic=price, tier=gold, before 2026-11-01, or an attribute such as version=4.2. Several must all hold." placeholder:"WHO"`
	B      string `help:"Against whom; everybody else when left out." placeholder:"WHO"`
	Watch  string `help:"Only what was said of this watch." placeholder:"NAME"`
	Period string `help:"Only the last 24h, 7d, 2w, 1mo." placeholder:"PERIOD"`
	From   string `help:"Only since this time: 2026-03-09 or RFC 3339." placeholder:"TIME"`
	To     string `help:"Only before this time." placeholder:"TIME"`
	Most   int    `help:"Phrases to print." default:"10"`
	Topics bool   `help:"Print what no topic of the configuration holds as topics to paste into it. Without --a, of negative mentions."`
	Config string `help:"The configuration file." short:"c" placeholder:"FILE"`
	Data   string `help:"The store's folder, without a configuration." placeholder:"DIR"`
	JSON   bool   `help:"Print JSON."`
}

// Help is shown by --help.
func (contrastCmd) Help() string {
	return `What do people of one group say that those of the other do not? Phrases are counted by people; of those printed, at most
one in twenty is there by chance.

Examples:
  earshot contrast --a rating=2 --b rating=4 --data data
  earshot contrast --a "1-2 stars source=reviews" --watch Larkspur --period 30d
  earshot contrast --a "after 2026-11-01" --b "before 2026-11-01" --json
  earshot contrast --topics --period 30d`
}

// Run prints what sets two groups apart.
func (c contrastCmd) Run(e *env) error {
	cfg, err := storeConfig(e, c.Config, c.Data)
	if err != nil {
		return err
	}
	q, err := c.query(cfg)
	if err != nil {
		return usageError{err}
	}
	hub := community.NewHub(time.Now)
	a, err := newApp(e.ctx, cfg, parts{log: e.logger("warn", false), now: time.Now, stdin: e.stdin, hub: hub, drivers: drivers(hub), platforms: noPlatforms})
	if err != nil {
		return err
	}
	return errors.Join(c.show(e, a, q), a.close())
}

// query reads the question.
func (c contrastCmd) query(cfg *config) (contrast.Query, error) {
	if c.A == "" && c.Topics {
		c.A = "negative"
	}
	if c.A == "" {
		return contrast.Query{}, bot.Errorf(bot.ErrInvalid, "Say who: --a rating=2, and perhaps --b rating=4. `earshot contrast --help` has examples.")
	}
	g := cfg.grammar(time.Now())
	q := contrast.Query{Rest: c.B == "", Watch: c.Watch, Most: c.Most}
	var err error
	if q.A, err = g.Filter(c.A); err != nil {
		return q, err
	}
	if q.B, err = g.Filter(c.B); err != nil {
		return q, err
	}
	if c.Topics {
		q.Most = 4 * c.Most // many are held by a topic already
	}
	return q, c.limit(&q, cfg.zone())
}

// limit reads the time that is asked about.
func (c contrastCmd) limit(q *contrast.Query, zone *time.Location) (err error) {
	if c.Period != "" && (c.From != "" || c.To != "") {
		return bot.Errorf(bot.ErrInvalid, "Give --period, or --from and --to, not both.")
	}
	if c.Period != "" {
		p, err := digest.ParsePeriod(c.Period)
		if err != nil {
			return err
		}
		q.To = time.Now()
		q.From, _ = p.Before(q.To, zone)
		return nil
	}
	if c.From != "" {
		if q.From, err = parseTime(c.From, zone); err != nil {
			return err
		}
	}
	if c.To != "" {
		if q.To, err = parseTime(c.To, zone); err != nil {
			return err
		}
	}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		return bot.Errorf(bot.ErrInvalid, "--from must be before --to.")
	}
	return nil
}

// grammar is how questions about this configuration's mentions are read. A
// store without a configuration may hold anything.
func (c *config) grammar(now time.Time) contrast.Grammar {
	g := contrast.Grammar{Now: now, Zone: c.zone()}
	if len(c.Watches) > 0 {
		g.Watches, g.Topics = c.watchNames(), c.topicNames()
		for _, s := range c.Sources {
			g.Sources = append(g.Sources, s.Name)
		}
	}
	return g
}

func (c contrastCmd) show(e *env, a *app, q contrast.Query) error {
	bar := newProgress(e.stderr)
	bar.show(0, "reading")
	r, err := a.builder.Contrast(e.ctx, q)
	bar.done()
	if err != nil {
		return err
	}
	if c.Topics && !c.JSON && r.Enough {
		return c.suggest(e, q, r)
	}
	if c.JSON {
		return e.printJSON(struct {
			A     string `json:"a"`
			B     string `json:"b"`
			Watch string `json:"watch,omitempty"`
			contrast.Result
		}{q.A.String(), q.Other(), q.Watch, r})
	}
	printContrast(e, q, r)
	return nil
}

// suggest prints topics as the configuration has them.
func (c contrastCmd) suggest(e *env, q contrast.Query, r contrast.Result) error {
	type suggested struct {
		Name  string   `yaml:"name"`
		Words []string `yaml:"words"`
	}
	var all []suggested
	for _, s := range r.Suggest() {
		if len(all) < c.Most {
			all = append(all, suggested{s.Name, s.Words})
			e.printf("# %s: %s, %.1f times as often as %s; %s\n", s.Name, people(s.Phrase.PeopleA*r.OneIn, r.OneIn), s.Phrase.Lift, q.Other(), negative(s.Phrase.Negative))
		}
	}
	if len(all) == 0 {
		e.printf("# %s: all that sets them apart has a topic.\n", text.OneLine(q.String()))
		return nil
	}
	body, err := yaml.Marshal(map[string]any{"topics": all})
	if err != nil {
		return fmt.Errorf("write topics: %w", err)
	}
	e.printf("%s", body)
	return nil
}

// printContrast writes the table.
func printContrast(e *env, q contrast.Query, r contrast.Result) {
	e.printf("%s\n", text.OneLine(q.String()))
	if !r.Enough {
		e.printf("not enough data (n = %d and %d; %d people are needed on each side)\n", r.PeopleA, r.PeopleB, contrast.MinPeople)
		return
	}
	e.printf("A: %s · B: %s\n", people(r.PeopleA*r.OneIn, r.OneIn), people(r.PeopleB*r.OneIn, r.OneIn))
	if len(r.Phrases) == 0 {
		e.printf("Nothing is said at least twice as often by one than by the other, beyond chance.\n")
		return
	}
	rows := [][]string{{"PHRASE", "SAID BY A", "BY B", "TIMES AS OFTEN", "NEGATIVE"}}
	for _, p := range r.Phrases {
		rows = append(rows, []string{p.Text, said(p.PeopleA, r.PeopleA, r.OneIn), said(p.PeopleB, r.PeopleB, r.OneIn),
			timesAsOften(p), negative(p.Negative)})
	}
	if q.A.Has("label") || q.A.Has("stance") { // all of A are, or are not
		for i := range rows {
			rows[i] = rows[i][:len(rows[i])-1]
		}
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	e.printf("\n")
	for i, row := range rows {
		var line strings.Builder
		for j, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cell)+2))
		}
		e.printf("%s\n", strings.TrimRight(line.String(), " "))
		if i > 0 {
			printQuote(e, r.Phrases[i-1])
		}
	}
	e.printf("\n%s phrases were compared; of those above, at most one in twenty is there by chance.\n", strconv.Itoa(r.Compared))
}

func printQuote(e *env, p contrast.Phrase) {
	if len(p.Also) > 0 {
		e.printf("  also: %s\n", strings.Join(p.Also, ", "))
	}
	if p.Quote != "" {
		e.printf("  “%s” %s, mention %d\n", p.Quote, p.Author, p.Mention)
	}
}

// people is "41 people", or "about 41,000 people" of a sample.
func people(n, oneIn int) string {
	about := ""
	if oneIn > 1 {
		about = "about "
	}
	if n == 1 {
		return about + "1 person"
	}
	return fmt.Sprintf("%s%d people", about, n)
}

// said is "23 (23 %)".
func said(n, of, oneIn int) string {
	share := 100 * float64(n) / float64(max(of, 1))
	if share > 0 && share < 1 {
		return fmt.Sprintf("%d (%.1f %%)", n*oneIn, share)
	}
	return fmt.Sprintf("%d (%d %%)", n*oneIn, int(math.Round(share)))
}

// timesAsOften is "24 [4.5–128]"; of what nobody of B says, only the lower end
// means something.
func timesAsOften(p contrast.Phrase) string {
	if p.PeopleB == 0 {
		return "≥ " + times(p.Low)
	}
	return fmt.Sprintf("%s [%s–%s]", times(p.Lift), times(p.Low), times(p.High))
}

// times is a ratio as precisely as it is known.
func times(x float64) string {
	if x < 10 {
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

// negative is "78 % (58–91)".
func negative(s contrast.Share) string {
	if s.Of == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%.0f %% negative (%.0f–%.0f)", 100*s.Share, 100*s.Low, 100*s.High)
}
