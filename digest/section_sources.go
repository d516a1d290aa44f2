package digest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// SourceNote is a source that is not well.
type SourceNote struct {
	Name        string    `json:"name"`
	SilentSince time.Time `json:"silent_since,omitzero"`
	Failing     string    `json:"failing,omitempty"` // in plain words
}

// sources is how listening goes: only what is not well is named.
func sources() Section {
	return Section{Name: "sources", gather: gatherSources, draw: drawSources}
}

func gatherSources(ctx context.Context, b *Builder, m *material) error {
	states, err := b.store.SourceStates(ctx)
	if err != nil {
		return fmt.Errorf("read sources: %w", err)
	}
	m.report.Heard = len(states)
	for _, s := range states {
		switch {
		case s.Failures > 0:
			m.report.Sources = append(m.report.Sources, SourceNote{Name: s.Name, Failing: s.Error})
		case !s.QuietFrom.IsZero():
			m.report.Sources = append(m.report.Sources, SourceNote{Name: s.Name, SilentSince: s.QuietFrom})
		}
	}
	return nil
}

func drawSources(d *drawing) {
	if d.r.Heard == 0 {
		return
	}
	if len(d.r.Sources) == 0 {
		d.row("Sources", bot.Plain("all well"))
		return
	}
	var parts []string
	for _, s := range d.r.Sources {
		name := text.OneLine(s.Name)
		if s.Failing != "" {
			parts = append(parts, name+": "+text.CutWords(text.OneLine(s.Failing), 100))
			continue
		}
		parts = append(parts, name+": silent since "+s.SilentSince.In(d.zone).Format("Mon 15:04"))
	}
	line := strings.Join(parts, " · ")
	if len(d.r.Sources) < d.r.Heard {
		line = "all well, except " + line
	}
	d.row("Sources", bot.Plain(line))
}
