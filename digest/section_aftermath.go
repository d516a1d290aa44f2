package digest

import (
	"context"
	"fmt"
	"strings"

	"earshot/bot"
)

// Aftermath is what came of the answers that were sent in the period.
type Aftermath struct {
	Answers    int `json:"answers"`
	Cases      int `json:"cases"`
	WroteAgain int `json:"wrote_again"`     // cases whose customer wrote again
	Better     int `json:"more_stars"`      // reviews
	Worse      int `json:"fewer_stars"`     // reviews
	TakenBack  int `json:"taken_back"`      // what was answered
	Likes      int `json:"likes"`           // of our answers
	Gone       int `json:"answers_gone"`    // that stand there no more
	Bounced    int `json:"answers_bounced"` // that reached nobody
}

// aftermath is what came of what we answered; a line only where something did.
func aftermath() Section {
	return Section{Name: "aftermath", gather: gatherAftermath, draw: drawAftermath}
}

func gatherAftermath(ctx context.Context, b *Builder, m *material) error {
	s, err := b.store.AnswerStats(ctx, m.report.Watch, m.report.From, m.report.To)
	if err != nil {
		return fmt.Errorf("read what came of answers: %w", err)
	}
	if s.Answers > 0 {
		a := Aftermath(s)
		m.report.Aftermath = &a
	}
	return nil
}

func drawAftermath(d *drawing) {
	a := d.r.Aftermath
	if a == nil {
		return
	}
	var parts []string
	if a.WroteAgain > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s wrote again", thousands(a.WroteAgain), many(a.Cases, "customer")))
	}
	switch {
	case a.Better > 0 && a.Worse > 0:
		parts = append(parts, many(a.Better, "review")+" gained stars, "+thousands(a.Worse)+" lost some")
	case a.Better > 0:
		parts = append(parts, many(a.Better, "review")+" gained stars")
	case a.Worse > 0:
		parts = append(parts, many(a.Worse, "review")+" lost stars")
	}
	if a.Likes > 0 {
		parts = append(parts, many(a.Likes, "like")+" for our answers")
	}
	if a.TakenBack > 0 {
		parts = append(parts, many(a.TakenBack, "post")+" taken back by the author")
	}
	if a.Bounced > 0 {
		parts = append(parts, many(a.Bounced, "answer")+" came back undelivered")
	}
	if a.Gone > 0 {
		parts = append(parts, many(a.Gone, "answer")+" of ours "+map[bool]string{true: "is", false: "are"}[a.Gone == 1]+" there no more")
	}
	if len(parts) > 0 {
		d.row("What came of it", bot.Plain(strings.Join(parts, " · ")))
	}
}
