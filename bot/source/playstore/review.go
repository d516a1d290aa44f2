package playstore

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/latest"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// review is what androidpublisher calls Review
// (developers.google.com/android-publisher/api-ref/rest/v3/reviews).
type review struct {
	ID       string `json:"reviewId"`
	Author   string `json:"authorName"`
	Comments []struct {
		User *struct {
			Text     string `json:"text"` // title and body with a tab between them
			Original string `json:"originalText"`
			Modified stamp  `json:"lastModified"`
			Stars    int    `json:"starRating"`
			Language string `json:"reviewerLanguage"`
			Device   string `json:"device"`
			Android  int    `json:"androidOsVersion"`
			Version  string `json:"appVersionName"`
			Up       int    `json:"thumbsUpCount"`
			Down     int    `json:"thumbsDownCount"`
			Meta     struct {
				Product string `json:"productName"`
			} `json:"deviceMetadata"`
		} `json:"userComment"`
		Developer *struct {
			Text     string `json:"text"`
			Modified stamp  `json:"lastModified"`
		} `json:"developerComment"`
	} `json:"comments"`
}

// stamp is a time as Google writes it: seconds as text, or as a number.
type stamp struct {
	Seconds json.Number `json:"seconds"`
	Nanos   int64       `json:"nanos"`
}

func (s stamp) time() (time.Time, bool) {
	n, err := strconv.ParseInt(string(s.Seconds), 10, 64)
	if err != nil || n < 0 || n > 253402300799 || s.Nanos < 0 || s.Nanos >= 1e9 {
		return time.Time{}, false
	}
	return time.Unix(n, s.Nanos).UTC(), true
}

// reply is the suffix of a developer reply's external id.
const reply = "/reply"

// items reads a review and the reply to it.
func (s *Source) items(raw json.RawMessage) []latest.Item {
	var r review
	it := latest.Item{Raw: string(raw[:min(len(raw), 2*record.MaxRaw)]), Where: "Google Play, " + s.set.Package}
	if err := json.Unmarshal(raw, &r); err != nil {
		it.Err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that the Google Play Developer API promises.", Err: err}
		return []latest.Item{it}
	}
	if plain(r.ID) {
		it.Where += ", review " + r.ID
	}
	var all []latest.Item
	for _, c := range r.Comments {
		if c.User != nil && len(all) == 0 {
			at, dated := c.User.Modified.time()
			if dated && plain(r.ID) {
				it.Mention, it.At = s.mention(r, at), at
				all = append(all, it)
			}
		}
		if c.Developer == nil || len(all) != 1 {
			continue
		}
		if at, dated := c.Developer.Modified.time(); dated {
			all = append(all, latest.Item{At: it.At, Mention: s.ours(r.ID, c.Developer.Text, at)})
		}
	}
	if len(all) == 0 {
		it.Err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
		return []latest.Item{it}
	}
	return all
}

// mention turns a review into a mention. Google tells a display name and no id
// of its author.
func (s *Source) mention(r review, at time.Time) bot.Mention {
	m := bot.Mention{
		ExternalID: r.ID, CreatedAt: at, Watches: []string{s.set.Watch}, Author: bot.Author{Name: line(r.Author, 200), Followers: -1},
		Attrs: map[string]string{}, URL: s.page(r.ID),
	}
	for _, c := range r.Comments {
		u := c.User
		if u == nil {
			continue
		}
		title, body, both := strings.Cut(u.Text, "\t")
		if !both {
			title, body = "", u.Text
		}
		m.Title, m.Text, m.Language = line(title, 300), words(body), line(strings.ReplaceAll(u.Language, "_", "-"), 20)
		if u.Stars >= 1 && u.Stars <= 5 {
			m.Rating = bot.Rating{Value: float64(u.Stars), Of: 5}
		}
		attrs := map[string]string{"version": u.Version, "device": u.Meta.Product, "original": strings.Replace(u.Original, "\t", "\n", 1)}
		if attrs["device"] == "" {
			attrs["device"] = u.Device
		}
		if u.Original != "" {
			m.Language = line(s.set.Language, 20) // of the translation
		}
		for name, n := range map[string]int{"android": u.Android, "thumbs_up": u.Up, "thumbs_down": u.Down} {
			if n > 0 {
				attrs[name] = strconv.Itoa(n)
			}
		}
		for name, v := range attrs {
			if v = text.Clean(text.CutBytes(v, 2000)); v != "" {
				m.Attrs[name] = v
			}
		}
		break
	}
	return m
}

// ours is the mention of a reply: what was replied, here or in the Play Console.
func (s *Source) ours(id, said string, at time.Time) bot.Mention {
	return bot.Mention{
		ExternalID: id + reply, ParentID: id, Text: words(said), CreatedAt: at, Watches: []string{s.set.Watch}, URL: s.page(id),
		Author: bot.Author{Name: "Developer reply", Followers: -1, Staff: true},
	}
}

// page is where people see a review.
func (s *Source) page(id string) string {
	return fmt.Sprintf("https://play.google.com/store/apps/details?id=%s&reviewId=%s", s.set.Package, id)
}

// plain tells whether s can be an id: nothing that has a meaning in an address.
func plain(s string) bool {
	return s != "" && len(s) <= 200 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' && r != ':'
	})
}

func words(s string) string { return text.Clean(text.CutBytes(s, record.MaxText)) }

func line(s string, most int) string { return text.Cut(text.OneLine(text.CutBytes(s, 4000)), most) }
