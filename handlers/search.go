package handlers

import (
	"context"
	"fmt"
	"strings"

	"earshot/bot"
	"earshot/bot/card"
	"earshot/bot/text"
)

// searchMost is how many mentions one answer holds.
const searchMost = 8

func search() Command {
	return Command{Name: "search", Group: groupSee, Usage: "search burnt smell topic:firmware source:reviews label:negative", What: "find what customers said", Role: bot.Viewer, Run: runSearch,
		Complete: func(_ context.Context, r *Request) []bot.Option {
			head, last := "", r.Args
			if i := strings.LastIndexByte(r.Args, ' '); i >= 0 {
				head, last = r.Args[:i+1], r.Args[i+1:]
			}
			var out []bot.Option
			for _, t := range r.d.Topics {
				if v := "topic:" + t; last != "" && strings.HasPrefix(v, last) {
					out = append(out, bot.Option{Value: head + v, Label: v})
				}
			}
			return out
		}}
}

// runSearch finds mentions that hold all the words; "topic:", "source:",
// "watch:" and "label:" narrow it.
func runSearch(ctx context.Context, r *Request) (bot.Answer, error) {
	f := bot.MentionFilter{Limit: searchMost + 1}
	var words []string
	for _, w := range strings.Fields(r.Args) {
		key, value, has := strings.Cut(w, ":")
		switch {
		case has && key == "topic" && value != "":
			f.Topic = value
		case has && key == "source" && value != "":
			f.Source = value
		case has && key == "watch" && value != "":
			f.Watch = value
		case has && key == "label" && value != "":
			f.Label = bot.Label(value)
		default:
			words = append(words, w)
		}
	}
	f.Query = strings.Join(words, " ")
	if r.Args == "" {
		return empty("Search for what?", "Write words that occur, as in /voc search burnt smell. topic:price, source:reviews and label:negative narrow it.")
	}
	found, err := r.d.Store.Mentions(ctx, f)
	if err != nil {
		return bot.Answer{}, err
	}
	partly := ""
	if f.Query != "" && f.Narrows() {
		partly = fmt.Sprintf(" Of what holds the words, the latest %s are looked through.", fmt.Sprintf("%d,%03d", bot.SearchedAtMost/1000, bot.SearchedAtMost%1000))
	}
	if len(found) == 0 {
		return empty("Nobody said "+quoted(r.Args, 60)+".", "All words must occur. Try fewer of them, or a part in \"quotes\"."+partly)
	}
	list := r.mentionList(fmt.Sprintf("Said with %s", quoted(r.Args, 60)), found, searchMost)
	if partly != "" && len(found) <= searchMost {
		list.Blocks = append(list.Blocks, hint("%s", strings.TrimSpace(partly)))
	}
	return told(list)
}

// mentionList is a list of mentions, each with the way to it.
func (r *Request) mentionList(heading string, found []bot.Reading, most int) bot.View {
	more := len(found) > most
	found = found[:min(len(found), most)]
	rows := make([]bot.Row, len(found))
	next := int64(0)
	for i, m := range found {
		when := bot.At(m.Mention.CreatedAt, bot.TimeRelative)
		when.URL = m.Mention.URL
		spans := []bot.Span{bot.Plain(quote(m.Mention, 110) + " · " + r.d.Label(m.Mention.Source) + " · " + card.Sentiment(m.Verdict) + " · "), when}
		if m.Mention.URL != "" {
			spans = append(spans, bot.Plain(" · "), bot.Link("see it", m.Mention.URL))
		}
		if m.CaseID > 0 {
			spans = append(spans, bot.Plain(fmt.Sprintf(" · case %d", m.CaseID)))
			if next == 0 {
				next = m.CaseID
			}
		}
		rows[i] = bot.Row{Label: text.Cut(author(m.Mention), nameLength), Spans: spans}
	}
	v := bot.View{Notice: heading, Blocks: []bot.Block{bot.Line(bot.Strong(heading)), {Kind: bot.BlockRows, Rows: rows}}}
	switch {
	case more && next > 0:
		v.Blocks = append(v.Blocks, hint("There are more: add a word to narrow it. /voc show %d opens the first case.", next))
	case more:
		v.Blocks = append(v.Blocks, hint("There are more: add a word to narrow it."))
	case next > 0:
		v.Blocks = append(v.Blocks, hint("/voc show %d opens the case.", next))
	default:
		v.Blocks = append(v.Blocks, hint("None of these is a case. \"Make this a case\" on a message makes one."))
	}
	return v
}
