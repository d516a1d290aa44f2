package discourse

import (
	"html"
	"net/url"
	"regexp"
	"strings"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// maxMedia bounds what is kept of a post's pictures and files.
const maxMedia = 8

// media lists the pictures, films, sounds and attached files of a post, which
// the forum holds in its HTML; not the small ones that it draws itself.
func (s *Source) media(cooked string) (all []bot.Media) {
	cooked = text.CutBytes(cooked, record.MaxText)
	tags := regexp.MustCompile(`(?i)<(img|a|source)\s[^>]*>`)
	for _, tag := range tags.FindAllStringSubmatch(cooked, 400) {
		class := attr(tag[0], "class")
		m := bot.Media{Alt: line(attr(tag[0], "alt"), 300)}
		address := attr(tag[0], "src")
		switch strings.ToLower(tag[1]) {
		case "img":
			if drawn(class) {
				continue
			}
			m.Type = "image"
		case "source":
			if m.Type, _, _ = strings.Cut(attr(tag[0], "type"), "/"); m.Type != "video" && m.Type != "audio" {
				continue
			}
		default:
			if class != "attachment" {
				continue
			}
			m.Type, address = "file", attr(tag[0], "href")
		}
		if m.URL = s.absolute(address); m.URL != "" && len(all) < maxMedia {
			all = append(all, m)
		}
	}
	return all
}

// drawn tells whether a picture is one of the forum's own: a smiley, a face
// beside a quote, or the sign of a site that is linked.
func drawn(class string) bool {
	for _, c := range strings.Fields(class) {
		if c == "emoji" || c == "avatar" || c == "site-icon" {
			return true
		}
	}
	return false
}

// attr gives an attribute of a tag.
func attr(tag, name string) string {
	m := regexp.MustCompile(`(?i)\s` + name + `\s*=\s*(?:"([^"]*)"|'([^']*)')`).FindStringSubmatch(tag)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1] + m[2])
}

// absolute makes an address of the forum a whole one; "" for what is none.
func (s *Source) absolute(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || address == "" {
		return ""
	}
	return text.SafeURL(s.base.ResolveReference(u).String())
}
