package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"earshot/bot"
	"earshot/bot/analyze"
	"earshot/bot/intake"
	"earshot/bot/opinion"
	"earshot/bot/opinion/chat"
	"earshot/bot/opinion/onnx"
	"earshot/bot/source/httpx"
)

// languageModelConfig is an endpoint that may be asked what is unsure.
type languageModelConfig struct {
	URL     string        `yaml:"url" doc:"The base address of an OpenAI-compatible endpoint: https://api.example/v1, http://localhost:11434/v1."`
	Model   string        `yaml:"model" doc:"The model's name, as the endpoint calls it."`
	Key     bot.Secret    `yaml:"key" doc:"The API key, when it needs one."`
	Timeout time.Duration `yaml:"timeout" doc:"How long one answer may take, 20s."`
	Budget  int           `yaml:"budget" doc:"Questions a day, 500."`
	For     []string      `yaml:"for" doc:"What it is asked for: verdicts (the unsure ones), spikes, digests. All, when left out."`
}

// languageModelUses are what a language model may be asked for.
func languageModelUses() []string { return []string{"verdicts", "spikes", "digests"} }

// How many mentions a day a slower reader is asked about, unless the
// configuration says otherwise: a language model costs money, a classifier a
// tenth of a second of one core.
const (
	defaultQuestions = 500
	defaultReadings  = 20_000
)

func (c *languageModelConfig) wants(use string) bool {
	return c != nil && (len(c.For) == 0 || slices.Contains(c.For, use))
}

// languageModel finds what is wrong with the endpoint's settings.
func (k checker) languageModel() {
	c := k.c.LanguageModel
	if c == nil {
		return
	}
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		k.wrong("language_model.url", "needs an address such as https://api.example/v1")
	}
	if c.Model == "" {
		k.wrong("language_model.model", "needs the model's name, as the endpoint calls it")
	}
	if c.Timeout < 0 || c.Budget < 0 {
		k.wrong("language_model", "timeout and budget cannot be negative")
	}
	for i, use := range c.For {
		k.known(fmt.Sprintf("language_model.for[%d]", i), "use", use, languageModelUses())
	}
}

// model makes the client of the configured endpoint; nil when there is none.
// Its own host may be internal: the operator named it.
func (a *app) model() (*chat.Model, error) {
	c := a.cfg.LanguageModel
	if c == nil {
		return nil, nil
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, bot.Errorf(bot.ErrInvalid, "language_model.url is no address.")
	}
	var client *http.Client
	client, err = httpx.New(httpx.Options{UserAgent: userAgent(), Allow: append(slices.Clone(a.cfg.Network.Allow), u.Hostname())})
	if err != nil {
		return nil, err
	}
	return chat.New(chat.Settings{URL: c.URL, Model: c.Model, Key: c.Key, Timeout: c.Timeout, HTTP: client}), nil
}

// wireOpinions builds who is asked for second opinions and summaries. Without
// any the desk has no readers, and answers what an earlier configuration asked.
func (a *app) wireOpinions() error {
	set := opinion.Settings{FlagAt: a.cfg.Sentiment.FlagAt, Queue: a.store, Mentions: a.store, Notices: a.act, Log: a.log, Now: a.now}
	if set.FlagAt == 0 {
		set.FlagAt = analyze.DefaultFlagAt
	}
	if dir := a.cfg.Sentiment.Model; dir != "" {
		a.classifier(dir, &set)
	}
	m, err := a.model()
	if err != nil {
		return err
	}
	if m != nil {
		most := a.cfg.LanguageModel.Budget
		if most == 0 {
			most = defaultQuestions
		}
		budget := opinion.NewBudget("language_model", most, a.store)
		if a.cfg.LanguageModel.wants("verdicts") {
			set.Readers, set.Budgets = append(set.Readers, m), append(set.Budgets, budget)
		}
		a.summaries = &opinion.Summaries{Writer: m, Budget: budget, Queue: a.store, Spikes: a.store, Cards: a.act, Log: a.log, Now: a.now}
	}
	a.opinions = opinion.New(set)
	return nil
}

// classifier loads a model from a folder. One that cannot be used is told of,
// and the embedded one goes on alone.
func (a *app) classifier(dir string, set *opinion.Settings) {
	r, free, err := onnx.Load(dir)
	if err != nil {
		a.log.Error("the model cannot be used; the embedded one goes on alone", "folder", dir, "error", err)
		a.modelErr = err
		return
	}
	most := a.cfg.Sentiment.ModelBudget
	if most == 0 {
		most = defaultReadings
	}
	set.Readers, set.Budgets = append(set.Readers, r), append(set.Budgets, opinion.NewBudget("classifier", most, a.store))
	a.freeModel = free
}

// tellModel tells the team of a model that cannot be used, or that it can again.
func (a *app) tellModel(ctx context.Context) error {
	const key = "classifier"
	if a.modelErr == nil {
		return a.act.Mended(ctx, key)
	}
	return a.act.Notify(ctx, bot.Notice{Key: key, At: a.now(), Text: bot.Told(a.modelErr), Mend: "Mentions are read by the embedded model meanwhile. Mend sentiment.model in the configuration."})
}

// spikeCards is who shows episodes: with summaries to follow, where there are any.
func (a *app) spikeCards() intake.SpikeCards {
	if a.summaries != nil && a.cfg.LanguageModel.wants("spikes") {
		return a.summaries
	}
	return a.act
}

// sumUp writes a digest's summary; both are empty without a language model.
func (a *app) sumUp(ctx context.Context, watch string, from, to time.Time) (said, by string) {
	if a.summaries == nil || !a.cfg.LanguageModel.wants("digests") {
		return "", ""
	}
	return a.summaries.OfDigest(ctx, watch, from, to)
}

// askOpinion is the work of JobOpinion.
func (a *app) askOpinion(ctx context.Context, mentionID int64) error {
	return a.opinions.Ask(ctx, a.intake, mentionID)
}

// askSummary is the work of JobSummary; what an earlier configuration asked
// for is let go.
func (a *app) askSummary(ctx context.Context, spikeID int64) error {
	if a.summaries == nil {
		return nil
	}
	return a.summaries.OfSpike(ctx, spikeID)
}

// tryModels tries the model from a folder and the language model.
func (a *app) tryModels(ctx context.Context) []bot.Finding {
	var all []bot.Finding
	if dir := a.cfg.Sentiment.Model; a.modelErr != nil {
		all = append(all, bot.Finding{What: "Model " + dir + ": " + bot.Told(a.modelErr), Mend: "Mend sentiment.model in the configuration, or leave it out."})
	} else if dir != "" {
		all = append(all, bot.Finding{OK: true, What: "Model " + dir + ": it reads"})
	}
	return append(all, a.tryLanguageModel(ctx)...)
}

func (a *app) tryLanguageModel(ctx context.Context) []bot.Finding {
	m, err := a.model()
	if err != nil || m == nil {
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, checkFor)
	defer cancel()
	if err := m.Check(bounded); err != nil {
		return []bot.Finding{{What: "Language model " + m.Name() + ": " + bot.Told(err), Mend: "Look at language_model in the configuration: url, model and key. Everything else works without it."}}
	}
	return []bot.Finding{{OK: true, What: "Language model " + m.Name() + ": it answers"}}
}
