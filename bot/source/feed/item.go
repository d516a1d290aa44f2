package feed

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	ext "github.com/mmcdole/gofeed/extensions"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// ahead is how far in the future an item's date may lie: clocks differ. A later
// one is a mistake of the feed, and the item counts as said when it was seen.
const ahead = time.Hour

// maxTags and maxMedia bound what is kept of an item beside its words.
const (
	maxTags  = 20
	maxMedia = 8
)

// mention turns an item into a mention; an Error says what is wrong with it.
func (s *Source) mention(doc document, it *gofeed.Item) (bot.Mention, error) {
	m := bot.Mention{
		Title: text.OneLine(text.HTML(text.CutBytes(it.Title, 4000))), URL: s.link(it.Link),
		Language: first(short(text.OneLine(doc.Language)), s.set.Language), Attrs: attrs(it),
	}
	m.Author = author(doc, it)
	body := it.Content
	if strings.TrimSpace(body) == "" {
		body = it.Description
	}
	m.Text = text.HTML(text.CutBytes(body, record.MaxText))
	if m.Text == "" {
		m.Text = m.Title
	}
	m.Rating = rating(it)
	if m.Text == "" && !m.Rating.Given() {
		return m, bot.Errorf(bot.ErrInvalid, "It has neither a title nor a text.")
	}
	if s.set.Watch != "" {
		m.Watches = []string{s.set.Watch}
	}
	m.CreatedAt, m.EditedAt = s.dates(it)
	m.Media = s.media(it)
	m.ExternalID = identity(it, m)
	m.ParentID = parent(it)
	return m, nil
}

// parent is the id of the item that this one answers, where the feed says so
// (RFC 4685: in-reply-to).
func parent(it *gofeed.Item) string {
	for _, e := range it.Extensions["thr"]["in-reply-to"] {
		switch id := text.OneLine(e.Attrs["ref"]); {
		case len(id) > 500:
			return record.ContentID(id)
		case id != "":
			return id
		}
	}
	return ""
}

// identity is the item's own id, else its link, else what it says.
func identity(it *gofeed.Item, m bot.Mention) string {
	for _, id := range []string{it.GUID, it.Link} {
		if id = text.OneLine(id); id != "" {
			if len(id) > 500 {
				return record.ContentID(id)
			}
			return id
		}
	}
	return record.ContentID(m.Title, m.Text, m.Author.Key(), it.Published)
}

// dates gives when the item was said and, where it says so, edited.
func (s *Source) dates(it *gofeed.Item) (created, edited time.Time) {
	now := s.now().UTC()
	if t := it.PublishedParsed; plausible(t, now) {
		created = t.UTC()
	}
	if t := it.UpdatedParsed; plausible(t, now) {
		if edited = t.UTC(); created.IsZero() {
			created, edited = edited, time.Time{}
		} else if !edited.After(created) {
			edited = time.Time{}
		}
	}
	if created.IsZero() {
		created = now
	}
	return created, edited
}

func plausible(t *time.Time, now time.Time) bool {
	return t != nil && t.Year() >= 1970 && t.Before(now.Add(ahead))
}

// author is who wrote the item, else who the feed says writes it.
func author(doc document, it *gofeed.Item) bot.Author {
	a := bot.Author{Followers: -1}
	people := it.Authors
	if len(people) == 0 {
		people = doc.Authors
	}
	for _, p := range people {
		if p == nil {
			continue
		}
		a.Name = text.Cut(text.OneLine(text.HTML(text.CutBytes(p.Name, 1000))), 200)
		if mail := strings.ToLower(text.OneLine(p.Email)); strings.Count(mail, "@") == 1 && !strings.Contains(mail, " ") && len(mail) < 255 {
			a.Email = mail
		}
		if a.Name != "" || a.Email != "" {
			return a
		}
	}
	return a
}

// rating reads the stars that app stores and review feeds give.
func rating(it *gofeed.Item) bot.Rating {
	for _, where := range [][2]string{{"im", "rating"}, {"media", "starRating"}, {"g", "ratings"}, {"review", "rating"}} {
		for _, e := range it.Extensions[where[0]][where[1]] {
			if r, err := record.ParseRating(first(e.Value, average(e)), 5, false); err == nil && r.Given() {
				return r
			}
		}
	}
	return bot.Rating{}
}

// average is where Media RSS keeps its stars.
func average(e ext.Extension) string { return e.Attrs["average"] }

// attrs keeps the item's categories.
func attrs(it *gofeed.Item) map[string]string {
	var tags []string
	for _, c := range it.Categories {
		if c = text.Cut(text.OneLine(c), 80); c != "" && !slices.Contains(tags, c) && len(tags) < maxTags {
			tags = append(tags, c)
		}
	}
	if len(tags) == 0 {
		return nil
	}
	return map[string]string{"categories": strings.Join(tags, ", ")}
}

// media lists pictures and sound, by address.
func (s *Source) media(it *gofeed.Item) []bot.Media {
	var all []bot.Media
	add := func(kind, address, alt string) {
		u := s.link(address)
		if u != "" && len(all) < maxMedia && !slices.ContainsFunc(all, func(m bot.Media) bool { return m.URL == u }) {
			all = append(all, bot.Media{Type: kind, URL: u, Alt: text.Cut(text.OneLine(alt), 300)})
		}
	}
	if it.Image != nil {
		add("image", it.Image.URL, it.Image.Title)
	}
	for _, e := range it.Enclosures {
		if e == nil {
			continue
		}
		kind, _, _ := strings.Cut(e.Type, "/")
		if kind != "image" && kind != "video" && kind != "audio" {
			kind = "file"
		}
		add(kind, e.URL, "")
	}
	return all
}

// link makes an address of the feed absolute and safe.
func (s *Source) link(address string) string {
	ref, err := url.Parse(strings.TrimSpace(address))
	if err != nil || address == "" {
		return ""
	}
	base := *s.url
	base.User = nil // the feed's password is none of its readers' business
	return text.SafeURL(base.ResolveReference(ref).String())
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// where names an item in a dead letter.
func where(doc document, place int, it *gofeed.Item) string {
	name := fmt.Sprintf("item %d", place)
	if it != nil {
		if id := text.Cut(text.OneLine(first(it.GUID, it.Link)), 200); id != "" {
			name += ", " + id
		}
	}
	if doc.Feed != nil && doc.Title != "" {
		name = text.Cut(text.OneLine(doc.Title), 80) + ", " + name
	}
	return name
}
