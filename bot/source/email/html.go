package email

import (
	"strings"

	"golang.org/x/net/html"
)

// cutHTML parts what an author wrote from what mail programs put below it as
// history. It goes through s once, and never builds a tree.
func cutHTML(s string) (own, quoted string) {
	var mine, theirs strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	z.SetMaxBuf(1 << 20)
	within, depth := "", 0 // the element that holds the quote, and how many of its name are open
	rest := false          // all that follows is history
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return mine.String(), theirs.String()
		}
		raw := string(z.Raw())
		tag, attrs := z.TagName()
		name := string(tag)
		switch {
		case rest:
			theirs.WriteString(raw)
		case within != "":
			theirs.WriteString(raw)
			if name == within && kind == html.StartTagToken {
				depth++
			}
			if name == within && kind == html.EndTagToken {
				if depth--; depth == 0 {
					within = ""
				}
			}
		case kind == html.StartTagToken || kind == html.SelfClosingTagToken:
			quote, all := marks(name, attrs, z)
			switch {
			case all:
				rest = true
				theirs.WriteString(raw)
			case quote && kind == html.StartTagToken:
				within, depth = name, 1
				theirs.WriteString(raw)
			default:
				mine.WriteString(raw)
			}
		default:
			mine.WriteString(raw)
		}
	}
}

// marks tells whether an element holds a quote, and whether all that follows
// it does, as Outlook marks it. The names are those that Gmail, Yahoo, Outlook,
// Apple Mail, Thunderbird, Proton and Zoho write.
func marks(name string, more bool, z *html.Tokenizer) (quote, all bool) {
	quote = name == "blockquote"
	for i := 0; more && i < 20; i++ {
		var k, v []byte
		k, v, more = z.TagAttr()
		value := strings.ToLower(string(v[:min(len(v), 200)]))
		switch string(k) {
		case "class":
			for c := range strings.FieldsSeq(value) {
				switch c {
				case "gmail_quote", "gmail_extra", "yahoo_quoted", "moz-cite-prefix", "moz-signature", "gmail_signature", "protonmail_quote", "protonmail_signature_block", "zmail_extra", "wordsection1_quote", "tutanota_quote":
					quote = quote || name != "br"
				}
			}
		case "id":
			switch value {
			case "divrplyfwdmsg", "appendonsend", "stopspelling", "mail-editor-reference-message-container", "x_divrplyfwdmsg", "x_appendonsend", "reply-intro", "replybody":
				all = true
			}
		case "type":
			quote = quote || name == "blockquote" && value == "cite"
		}
	}
	return quote, all
}
