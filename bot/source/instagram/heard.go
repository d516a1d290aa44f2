package instagram

import (
	"context"
	"encoding/json"
	"net/url"

	"earshot/bot"
	"earshot/bot/source/graph"
	"earshot/bot/source/record"
)

// told is what a webhook says of a comment on our media, or of a mention
// elsewhere (…/graph-api/webhooks/reference/instagram).
type told struct {
	ID     string  `json:"id"`
	Text   string  `json:"text"`
	From   *person `json:"from"`
	Parent string  `json:"parent_id"`
	Media  struct {
		ID string `json:"id"`
	} `json:"media"`
	CommentID string `json:"comment_id"` // of a mention in a comment
	MediaID   string `json:"media_id"`   // of a mention
}

// heard takes a change that the webhook tells. Of mentions elsewhere it tells
// the ids alone, which are then asked for.
func (s *Source) heard(ctx context.Context, c graph.Change) (b bot.Batch, err error) {
	if c.Object != "instagram" || c.Entry != s.set.Account || c.Field != "comments" && c.Field != "live_comments" && c.Field != "mentions" {
		return b, nil
	}
	var t told
	reject := func(err error) (bot.Batch, error) {
		raw := string(c.Value[:min(len(c.Value), 2*record.MaxRaw)])
		b.Rejected = []bot.Rejected{record.Rejected(s.where(", webhook "+c.Field), err, raw, s.api.Now())}
		return b, nil
	}
	if err := json.Unmarshal(c.Value, &t); err != nil {
		return reject(&bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that Instagram's webhook promises.", Err: err})
	}
	at := graph.Time{Time: c.At}
	if at.IsZero() {
		at.Time = s.api.Now().UTC()
	}
	if c.Field != "mentions" {
		if graph.ID(t.ID) == "" {
			return reject(bot.Errorf(bot.ErrInvalid, "It has no id."))
		}
		b.Mentions = []bot.Mention{s.mention(comment{ID: t.ID, Text: t.Text, From: t.From, At: at, Parent: t.Parent}, medium{ID: t.Media.ID})}
		return b, nil
	}
	if graph.ID(t.MediaID) == "" || t.CommentID != "" && graph.ID(t.CommentID) == "" {
		return reject(bot.Errorf(bot.ErrInvalid, "It has no id."))
	}
	m, err := s.elsewhere(ctx, t, at)
	if err == nil {
		b.Mentions = []bot.Mention{m}
	}
	return b, err
}

// elsewhere reads a comment or a caption that names us (…/ig-user/
// mentioned_comment, …/mentioned_media). Where it may not be read, what stands
// is that there is one.
func (s *Source) elsewhere(ctx context.Context, t told, at graph.Time) (bot.Mention, error) {
	var got struct {
		Comment *comment `json:"mentioned_comment"`
		Media   *medium  `json:"mentioned_media"`
	}
	fields := "mentioned_media.media_id(" + t.MediaID + "){id,caption,username,permalink,timestamp,media_type,media_url}"
	m := s.post(medium{ID: t.MediaID, At: at}, caption)
	if t.CommentID != "" {
		fields = "mentioned_comment.comment_id(" + t.CommentID + "){id,text,username,timestamp,media{id,permalink}}"
		m = s.mention(comment{ID: t.CommentID, At: at}, medium{ID: t.MediaID})
		m.Attrs["type"] = anywhere
	}
	err := s.api.Get(ctx, s.set.Account, url.Values{"fields": {fields}}, &got)
	switch kind := bot.KindOf(err); {
	case kind == bot.ErrRateLimited || kind == bot.ErrUnavailable:
		return m, err
	case err == nil && t.CommentID != "" && got.Comment != nil && got.Comment.ID == t.CommentID:
		on := medium{ID: t.MediaID}
		if got.Comment.Media != nil {
			on.Link = got.Comment.Media.Link
		}
		if got.Comment.At.IsZero() {
			got.Comment.At = at
		}
		m = s.mention(*got.Comment, on)
		m.Attrs["type"] = anywhere
	case err == nil && t.CommentID == "" && got.Media != nil && got.Media.ID == t.MediaID:
		if got.Media.At.IsZero() {
			got.Media.At = at
		}
		m = s.post(*got.Media, caption)
	}
	if m.Text == "" && len(m.Media) == 0 {
		m.Title = "Names us where Instagram does not show it to programs"
	}
	return m, nil
}
