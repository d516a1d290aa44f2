package discord

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// mentionKind is the kind of source that messages of customers come from.
const mentionKind = "community"

// chat is a message that people write
// (docs.discord.com/developers/resources/message).
type chat struct {
	ID        string     `json:"id"`
	IDs       []string   `json:"ids"` // of MESSAGE_DELETE_BULK
	Type      int        `json:"type"`
	ChannelID string     `json:"channel_id"`
	WebhookID string     `json:"webhook_id"`
	Author    user       `json:"author"`
	Member    *member    `json:"member"`
	Content   string     `json:"content"`
	CreatedAt *time.Time `json:"timestamp"`
	EditedAt  *time.Time `json:"edited_timestamp"`
	Mentions  []user     `json:"mentions"`
	Reference struct {
		MessageID string `json:"message_id"`
	} `json:"message_reference"`
	Attachments []struct {
		URL  string `json:"url"`
		Type string `json:"content_type"`
		Alt  string `json:"description"`
	} `json:"attachments"`
}

// spoken tells whether a person wrote it: a message or an answer, not a note
// of Discord's own such as "joined".
func (m chat) spoken() bool { return m.Type == 0 || m.Type == 19 }

// names tells whether the message names this user.
func (m chat) names(id string) bool {
	return slices.ContainsFunc(m.Mentions, func(u user) bool { return u.ID == id }) &&
		(strings.Contains(m.Content, "<@"+id+">") || strings.Contains(m.Content, "<@!"+id+">"))
}

// mention is the message in the words of the domain. The runner knows which
// source it belongs to.
func (m chat) mention(guildID string) bot.Mention {
	out := bot.Mention{Kind: mentionKind, ExternalID: m.ID, ParentID: m.Reference.MessageID, Text: m.plain(m.Content),
		Author: bot.Author{ExternalID: m.Author.ID, Handle: text.OneLine(m.Author.Username), Name: m.Author.name(),
			Followers: -1, Automated: m.Author.Bot || m.WebhookID != ""},
		CreatedAt: timeOf(m.ID)}
	if m.Member != nil && m.Member.Nick != "" {
		out.Author.Name = text.OneLine(m.Member.Nick)
	}
	if snowflake(m.ID) && snowflake(m.ChannelID) {
		out.URL = "https://discord.com/channels/" + guildID + "/" + m.ChannelID + "/" + m.ID
	}
	if m.CreatedAt != nil {
		out.CreatedAt = m.CreatedAt.UTC()
	}
	if m.EditedAt != nil {
		out.EditedAt = m.EditedAt.UTC()
	}
	for _, a := range m.Attachments {
		kind, _, _ := strings.Cut(a.Type, "/")
		if kind != "image" && kind != "video" && kind != "audio" {
			kind = "file"
		}
		if url := text.SafeURL(a.URL); url != "" {
			out.Media = append(out.Media, bot.Media{Type: kind, URL: url, Alt: text.OneLine(a.Alt)})
		}
	}
	return out
}

// plain is what a reader of Discord sees of content: names for ids. Emphasis
// stays as it was typed.
func (m chat) plain(content string) string {
	names := map[string]string{}
	for _, u := range m.Mentions {
		names[u.ID] = u.name()
	}
	mark := regexp.MustCompile(`<(@!?|@&|#|a?:\w+:|t:|/[\w -]+:)(-?\d{1,20})(:[a-zA-Z])?>`)
	return text.Clean(mark.ReplaceAllStringFunc(content, func(s string) string {
		part := mark.FindStringSubmatch(s)
		switch kind := part[1]; {
		case kind == "@" || kind == "@!":
			if n := names[part[2]]; n != "" {
				return "@" + n
			}
			return "@somebody"
		case kind == "@&":
			return "@group"
		case kind == "#":
			return "#channel"
		case kind == "t:":
			return unixText(part[2])
		case strings.HasPrefix(kind, "/"):
			return strings.TrimSuffix(kind, ":")
		default: // an emoji of the server: its name between colons
			return strings.TrimPrefix(kind, "a")
		}
	}))
}

// unixText is a timestamp as words.
func unixText(seconds string) string {
	t, err := time.Parse("2006", "1970")
	d, err2 := time.ParseDuration(seconds + "s")
	if err != nil || err2 != nil {
		return "a time"
	}
	return t.Add(d).UTC().Format("2 Jan 2006 15:04 UTC")
}
