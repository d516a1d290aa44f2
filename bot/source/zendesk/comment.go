package zendesk

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// ticket is what the desk tells of one
// (developer.zendesk.com/api-reference/ticketing/tickets/tickets).
type ticket struct {
	ID       int64    `json:"id"`
	Subject  string   `json:"subject"`
	Status   string   `json:"status"`
	Priority string   `json:"priority"`
	Type     string   `json:"type"`
	Updated  string   `json:"updated_at"`
	External string   `json:"external_id"`
	Tags     []string `json:"tags"`
	Via      struct {
		Channel string `json:"channel"`
	} `json:"via"`
	Satisfaction struct {
		Score string `json:"score"`
	} `json:"satisfaction_rating"`
}

// comment is what somebody wrote in a ticket
// (developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments).
type comment struct {
	ID          int64  `json:"id"`
	AuthorID    int64  `json:"author_id"`
	Plain       string `json:"plain_body"`
	Body        string `json:"body"`
	Public      bool   `json:"public"`
	Created     string `json:"created_at"`
	Attachments []struct {
		Name string `json:"file_name"`
		URL  string `json:"content_url"`
		Type string `json:"content_type"`
	} `json:"attachments"`
	Metadata struct {
		Custom struct {
			Earshot string `json:"earshot"`
		} `json:"custom"`
	} `json:"metadata"`

	author user
	err    error
	raw    json.RawMessage
}

type user struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Role  string `json:"role"`
}

func readComment(raw json.RawMessage) comment {
	var c comment
	if err := json.Unmarshal(raw, &c); err != nil {
		c.err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that Zendesk's interface promises.", Err: err}
	}
	if _, dated := when(c.Created); c.err == nil && (c.ID <= 0 || !dated) {
		c.err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
	}
	c.raw = raw[:min(len(raw), 2*record.MaxRaw)]
	return c
}

// external is a comment's name: "ticket/comment".
func external(ticket int64, comment string) string {
	return strconv.FormatInt(ticket, 10) + "/" + comment
}

// standsIn gives the ticket of one of this desk's mentions.
func standsIn(externalID string) (int64, bool) {
	a, _, _ := strings.Cut(externalID, "/")
	id, err := strconv.ParseInt(a, 10, 64)
	return id, err == nil && id > 0
}

// page is where agents see a ticket; a query of the desk's address stays out.
func (s *Source) page(ticket int64) string {
	at := *s.base.JoinPath("agent", "tickets", strconv.FormatInt(ticket, 10))
	at.RawQuery, at.User = "", nil
	return text.SafeURL(at.String())
}

func (s *Source) where(ticket int64) string {
	return "Zendesk, " + s.base.Hostname() + ", ticket " + strconv.FormatInt(ticket, 10)
}

func when(v string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, v)
	return t.UTC(), err == nil && t.Year() >= 1970
}

func line(v string, most int) string { return text.Cut(text.OneLine(text.CutBytes(v, 4000)), most) }

// mention turns a comment into a mention. What agents write is theirs, and is
// never counted as a customer's voice.
func (s *Source) mention(t ticket, c comment, parent string) (bot.Mention, string, error) {
	id := strconv.FormatInt(c.ID, 10)
	if c.err != nil {
		return bot.Mention{}, id, c.err
	}
	said := c.Plain
	if strings.TrimSpace(said) == "" {
		said = c.Body
	}
	m := bot.Mention{
		ExternalID: external(t.ID, id), ParentID: parent, Text: text.Clean(text.CutBytes(said, record.MaxText)), Private: true,
		URL: s.page(t.ID),
		Author: bot.Author{Name: line(c.author.Name, 200), Email: line(strings.ToLower(c.author.Email), 254), Followers: -1,
			Staff: c.author.Role != "" && c.author.Role != "end-user"},
		Attrs: map[string]string{"ticket": strconv.FormatInt(t.ID, 10)},
	}
	if c.AuthorID > 0 {
		m.Author.ExternalID = strconv.FormatInt(c.AuthorID, 10)
	}
	for name, v := range map[string]string{"status": t.Status, "priority": t.Priority, "type": t.Type, "channel": t.Via.Channel, "tags": strings.Join(t.Tags, ", ")} {
		if v = line(v, 200); v != "" {
			m.Attrs[name] = v
		}
	}
	for _, a := range c.Attachments[:min(len(c.Attachments), 10)] {
		if u := text.SafeURL(a.URL); u != "" {
			m.Media = append(m.Media, bot.Media{Type: mediaType(a.Type), URL: u, Alt: line(a.Name, 200)})
		}
	}
	m.CreatedAt, _ = when(c.Created)
	if s.set.Watch != "" {
		m.Watches = []string{s.set.Watch}
	}
	return m, id, nil
}

func mediaType(mime string) string {
	kind, _, _ := strings.Cut(mime, "/")
	if regexp.MustCompile(`^(image|video|audio)$`).MatchString(kind) {
		return kind
	}
	return "file"
}

// Length implements bot.Answerer: the desk counts characters.
func (s *Source) Length(t string) int { return utf8.RuneCountInString(t) }
