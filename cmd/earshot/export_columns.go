package main

import (
	"time"

	"earshot/bot"
)

// cellKind is what a column holds.
type cellKind int

const (
	cellText   cellKind = iota // string
	cellWhole                  // int64
	cellNumber                 // float64
	cellTruth                  // bool
	cellTime                   // time.Time, UTC; nothing when zero
	cellList                   // []string
	cellMap                    // map[string]string, as JSON
)

// column is one column of an export of rows of T. Names and order are part of
// what Earshot promises: new columns come at the end.
type column[T any] struct {
	name string
	kind cellKind
	get  func(T) any
}

// head is a column without how it is read.
type head struct {
	name string
	kind cellKind
}

func heads[T any](columns []column[T]) []head {
	out := make([]head, len(columns))
	for i, c := range columns {
		out[i] = head{c.name, c.kind}
	}
	return out
}

func stringOf[T any](name string, get func(T) string) column[T] {
	return column[T]{name, cellText, func(v T) any { return get(v) }}
}

func wholeOf[T any](name string, get func(T) int64) column[T] {
	return column[T]{name, cellWhole, func(v T) any { return get(v) }}
}

func numberOf[T any](name string, get func(T) float64) column[T] {
	return column[T]{name, cellNumber, func(v T) any { return get(v) }}
}

func truthOf[T any](name string, get func(T) bool) column[T] {
	return column[T]{name, cellTruth, func(v T) any { return get(v) }}
}

func timeOf[T any](name string, get func(T) time.Time) column[T] {
	return column[T]{name, cellTime, func(v T) any { return get(v).UTC() }}
}

func severalOf[T any](name string, get func(T) []string) column[T] {
	return column[T]{name, cellList, func(v T) any { return get(v) }}
}

// mentionColumns are those of `export --what mentions`.
func mentionColumns() []column[bot.Reading] {
	type r = bot.Reading
	return []column[r]{
		wholeOf("id", func(v r) int64 { return v.Mention.ID }),
		stringOf("source", func(v r) string { return v.Mention.Source }),
		stringOf("kind", func(v r) string { return v.Mention.Kind }),
		stringOf("external_id", func(v r) string { return v.Mention.ExternalID }),
		stringOf("parent_id", func(v r) string { return v.Mention.ParentID }),
		timeOf("created_at", func(v r) time.Time { return v.Mention.CreatedAt }),
		timeOf("edited_at", func(v r) time.Time { return v.Mention.EditedAt }),
		timeOf("seen_at", func(v r) time.Time { return v.Mention.SeenAt }),
		wholeOf("author_id", func(v r) int64 { return v.Mention.Author.ID }),
		stringOf("author_handle", func(v r) string { return v.Mention.Author.Handle }),
		stringOf("author_name", func(v r) string { return v.Mention.Author.Name }),
		wholeOf("author_followers", func(v r) int64 { return int64(v.Mention.Author.Followers) }),
		truthOf("staff", func(v r) bool { return v.Mention.Author.Staff }),
		wholeOf("customer_id", func(v r) int64 { return v.Mention.Author.CustomerID }),
		stringOf("title", func(v r) string { return v.Mention.Title }),
		stringOf("text", func(v r) string { return v.Mention.Text }),
		stringOf("url", func(v r) string { return v.Mention.URL }),
		numberOf("rating", func(v r) float64 { return v.Mention.Rating.Value }),
		wholeOf("rating_of", func(v r) int64 { return int64(v.Mention.Rating.Of) }),
		truthOf("survey", func(v r) bool { return v.Mention.Rating.Survey }),
		severalOf("watches", func(v r) []string { return v.Mention.Watches }),
		stringOf("label", func(v r) string { return string(v.Verdict.Label) }),
		numberOf("prob_negative", func(v r) float64 { return v.Verdict.Probs.Negative }),
		numberOf("prob_neutral", func(v r) float64 { return v.Verdict.Probs.Neutral }),
		numberOf("prob_positive", func(v r) float64 { return v.Verdict.Probs.Positive }),
		numberOf("confidence", func(v r) float64 { return v.Verdict.Confidence }),
		truthOf("flagged", func(v r) bool { return v.Verdict.Flagged }),
		stringOf("language", func(v r) string { return v.Verdict.Language }),
		severalOf("topics", func(v r) []string { return v.Verdict.TopicNames() }),
		severalOf("intents", intentsOf),
		stringOf("voice", func(v r) string { return string(v.Verdict.Voice) }),
		stringOf("stance", func(v r) string { return string(v.Verdict.Stance) }),
		stringOf("urgency", func(v r) string { return v.Verdict.Urgency.Level.String() }),
		stringOf("model", func(v r) string { return v.Verdict.Model }),
		wholeOf("case_id", func(v r) int64 { return v.CaseID }),
		stringOf("repost_of", func(v r) string { return v.Mention.RepostOf }),
		truthOf("private", func(v r) bool { return v.Mention.Private }),
		truthOf("deleted", func(v r) bool { return v.Mention.Deleted }),
		truthOf("history", func(v r) bool { return v.Mention.History }),
		{"attrs", cellMap, func(v r) any { return v.Mention.Attrs }},
	}
}

func intentsOf(r bot.Reading) []string {
	out := make([]string, len(r.Verdict.Intents))
	for i, in := range r.Verdict.Intents {
		out[i] = string(in.Name)
	}
	return out
}

// caseColumns are those of `export --what cases`.
func caseColumns() []column[bot.Case] {
	type c = bot.Case
	return []column[c]{
		wholeOf("id", func(v c) int64 { return v.ID }),
		stringOf("state", func(v c) string { return string(v.State) }),
		stringOf("watch", func(v c) string { return v.Watch }),
		severalOf("topics", func(v c) []string { return v.Topics }),
		stringOf("source", func(v c) string { return v.Source }),
		stringOf("route", func(v c) string { return v.Route }),
		wholeOf("mention_id", func(v c) int64 { return v.MentionID }),
		wholeOf("author_id", func(v c) int64 { return v.AuthorID }),
		stringOf("label", func(v c) string { return string(v.Label) }),
		stringOf("urgency", func(v c) string { return v.Urgency.String() }),
		wholeOf("echoes", func(v c) int64 { return int64(v.Echoes) }),
		wholeOf("people", func(v c) int64 { return int64(v.People) }),
		timeOf("opened_at", func(v c) time.Time { return v.OpenedAt }),
		timeOf("due_at", func(v c) time.Time { return v.DueAt }),
		stringOf("owner", func(v c) string { return v.Owner.Name }),
		timeOf("claimed_at", func(v c) time.Time { return v.ClaimedAt }),
		timeOf("answered_at", func(v c) time.Time { return v.AnsweredAt }),
		stringOf("answered_by", func(v c) string { return v.AnsweredBy.Name }),
		truthOf("answer_public", func(v c) bool { return v.AnswerPublic }),
		timeOf("closed_at", func(v c) time.Time { return v.ClosedAt }),
		timeOf("escalated_at", func(v c) time.Time { return v.EscalatedAt }),
		stringOf("escalated_to", func(v c) string { return v.EscalatedTo }),
		stringOf("root_cause", func(v c) string { return v.RootCause }),
		stringOf("action", func(v c) string { return v.Action }),
		stringOf("dismiss_reason", func(v c) string { return string(v.DismissReason) }),
		wholeOf("merged_into", func(v c) int64 { return v.MergedInto }),
	}
}

// replyColumns are those of `export --what replies`.
func replyColumns() []column[bot.Reply] {
	type r = bot.Reply
	return []column[r]{
		wholeOf("id", func(v r) int64 { return v.ID }),
		wholeOf("case_id", func(v r) int64 { return v.CaseID }),
		wholeOf("mention_id", func(v r) int64 { return v.MentionID }),
		stringOf("state", func(v r) string { return string(v.State) }),
		stringOf("way", func(v r) string { return v.Way.Name }),
		stringOf("place", func(v r) string { return v.Way.Place }),
		truthOf("public", func(v r) bool { return v.Way.Public }),
		stringOf("text", func(v r) string { return v.Text }),
		stringOf("by", func(v r) string { return v.By.Name }),
		stringOf("approved_by", func(v r) string { return v.ApprovedBy.Name }),
		timeOf("created_at", func(v r) time.Time { return v.CreatedAt }),
		timeOf("sent_at", func(v r) time.Time { return v.SentAt }),
		stringOf("external_id", func(v r) string { return v.ExternalID }),
		stringOf("url", func(v r) string { return v.URL }),
		stringOf("error", func(v r) string { return v.Error }),
	}
}

// eventColumns are those of `export --what events`.
func eventColumns() []column[bot.Event] {
	type e = bot.Event
	return []column[e]{
		wholeOf("id", func(v e) int64 { return v.ID }),
		wholeOf("case_id", func(v e) int64 { return v.CaseID }),
		timeOf("at", func(v e) time.Time { return v.At }),
		stringOf("by", func(v e) string { return v.By.Name }),
		stringOf("verb", func(v e) string { return string(v.Verb) }),
		stringOf("text", func(v e) string { return v.Text }),
		stringOf("before", func(v e) string { return string(v.Before) }),
		stringOf("after", func(v e) string { return string(v.After) }),
	}
}
