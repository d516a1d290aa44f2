package feed

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/mmcdole/gofeed"

	"earshot/bot"
	"earshot/bot/source/record"
)

// document is a feed as far as it could be read.
type document struct {
	*gofeed.Feed
	broken []broken
}

// broken is an item that could not be read.
type broken struct {
	place int // in the feed, from 1
	raw   string
}

const (
	maxSalvage = 2000 // items that are tried one by one in a broken feed
	maxDepth   = 500  // levels of XML: feeds have a dozen, and HTML in them a few dozen more
)

// parse reads a feed. What is no feed, is cut off, or declares entities of its
// own, which only attacks do, is an Error of kind ErrUnavailable: the other
// side has to mend it, and may.
func parse(body []byte) (document, error) {
	if len(body) == 0 {
		return document{}, bot.Errorf(bot.ErrUnavailable, "The feed is empty.")
	}
	if declares(body) {
		return document{}, bot.Errorf(bot.ErrUnavailable, "The feed declares XML entities of its own, which is refused for safety.")
	}
	if body[0] == '{' {
		if _, err := record.ParseJSON(string(body)); err != nil {
			return document{}, &bot.Error{Kind: bot.ErrUnavailable, Msg: "The feed is not whole: its JSON is broken.", Err: err}
		}
	} else if depth(body) > maxDepth {
		return document{}, bot.Errorf(bot.ErrUnavailable, "The feed is nested more than %d levels deep, which is refused for safety.", maxDepth)
	}
	kind := gofeed.DetectFeedType(bytes.NewReader(body))
	if kind == gofeed.FeedTypeUnknown {
		if page := bytes.ToLower(body[:min(len(body), 1000)]); bytes.Contains(page, []byte("<html")) || bytes.Contains(page, []byte("<!doctype html")) {
			return document{}, bot.Errorf(bot.ErrUnavailable, "The address answers with a web page, not with a feed. Check the address; the page may name that of its feed.")
		}
		return document{}, bot.Errorf(bot.ErrUnavailable, "The address does not answer with a feed. Check the address.")
	}
	f, err := read(body)
	blocks := items(body)
	if err == nil && len(f.Items) >= len(blocks) {
		return document{Feed: f}, nil
	}
	// The parser gives up at what is broken, with an error or without one.
	if doc, ok := salvage(body, blocks); ok && (err != nil || len(doc.Items) > len(f.Items)) {
		return doc, nil //nolint:nilerr // what could be saved is the answer to it
	}
	if err == nil {
		return document{Feed: f}, nil
	}
	return document{}, &bot.Error{Kind: bot.ErrUnavailable, Msg: "The feed is broken and cannot be read.", Err: err}
}

func read(body []byte) (*gofeed.Feed, error) { return gofeed.NewParser().Parse(bytes.NewReader(body)) }

// declares tells whether the document type, which stands before the first
// element, defines entities.
func declares(body []byte) bool {
	body = bytes.ToLower(body)
	if root := regexp.MustCompile(`<(rss|feed|rdf|channel)[\s:>]`).FindIndex(body); root != nil {
		body = body[:root[0]]
	}
	return bytes.Contains(body, []byte("<!entity"))
}

// depth gives how deep elements are nested, counted roughly: the parser calls
// itself for each level, and hundreds of thousands would end the process.
func depth(body []byte) int {
	deepest, now := 0, 0
	for {
		i := bytes.IndexByte(body, '<')
		if i < 0 || i+1 >= len(body) {
			return deepest
		}
		body = body[i+1:]
		switch {
		case bytes.HasPrefix(body, []byte("![CDATA[")):
			if end := bytes.Index(body, []byte("]]>")); end >= 0 {
				body = body[end:]
			}
		case body[0] == '!' || body[0] == '?':
		case body[0] == '/':
			now--
		default:
			if end := bytes.IndexByte(body, '>'); end > 0 && body[end-1] == '/' {
				continue
			}
			now++
			deepest = max(deepest, now)
		}
	}
}

// items finds the items of an XML feed: where each begins and ends.
func items(body []byte) [][]int {
	if body[0] != '<' {
		return nil
	}
	return regexp.MustCompile(`(?s)<(?:item|entry)[\s>].*?</(?:item|entry)\s*>`).FindAllIndex(body, maxSalvage)
}

// salvage reads the items of a broken feed one by one, each in the frame of
// the whole, and keeps those that can be read.
func salvage(body []byte, items [][]int) (document, bool) {
	if len(items) == 0 {
		return document{}, false
	}
	before, after := body[:items[0][0]], closing(body)
	var doc document
	for i, at := range items {
		raw := body[at[0]:at[1]]
		f, err := read(bytes.Join([][]byte{before, raw, []byte(after)}, nil))
		if err != nil || len(f.Items) != 1 {
			doc.broken = append(doc.broken, broken{place: i + 1, raw: string(raw[:min(len(raw), record.MaxRaw)])})
			continue
		}
		if doc.Feed == nil {
			doc.Feed = f
			continue
		}
		doc.Items = append(doc.Items, f.Items[0])
	}
	if doc.Feed == nil {
		return document{}, false
	}
	if rest := strings.TrimSpace(string(body[items[len(items)-1][1]:])); !strings.HasSuffix(rest, ">") || strings.Contains(rest, "<item") || strings.Contains(rest, "<entry") {
		doc.broken = append(doc.broken, broken{place: len(items) + 1, raw: rest[:min(len(rest), record.MaxRaw)]})
	}
	return doc, true
}

// closing gives the ends of the elements that stand open around the items.
func closing(body []byte) string {
	switch {
	case bytes.Contains(body, []byte("<feed")):
		return "</feed>"
	case bytes.Contains(body, []byte("<rdf:RDF")):
		return "</rdf:RDF>"
	}
	return "</channel></rss>"
}
