package email

import (
	"strings"

	"earshot/bot/text"
)

// report is what a delivery status notification says (RFC 3464), and of which
// message.
type report struct {
	action    string // failed, delayed, delivered, relayed or expanded
	status    string // "5.1.1"
	recipient string
	why       string
	original  string // Message-ID of what it is about
}

// read takes the fields of a message/delivery-status part: one group for the
// message, one for each recipient. The first that failed counts.
func (r *report) read(body []byte) {
	for group := 0; len(body) > 0 && group < 20; group++ {
		var h header
		h, body = splitHeader(body)
		action := strings.ToLower(h.words("action"))
		if action == "" || r.action == "failed" {
			continue
		}
		r.action = action
		r.status = text.Cut(h.words("status"), 20)
		r.recipient = address(afterType(first(h.words("final-recipient"), h.words("original-recipient"))))
		r.why = text.Cut(afterType(h.words("diagnostic-code")), 300)
	}
}

// afterType takes the type from "rfc822; ann@example.com".
func afterType(s string) string {
	if _, v, ok := strings.Cut(s, ";"); ok {
		return strings.TrimSpace(v)
	}
	return strings.TrimSpace(s)
}

// about notes which message a report is about.
func (r *report) about(h header) {
	if ids := messageIDs(h.get("message-id")); r.original == "" && len(ids) > 0 {
		r.original = ids[0]
	}
}

// sort is what a letter is, beside somebody's words.
type sort string

// The sorts of letter.
const (
	human     sort = ""           // somebody wrote it
	bounce    sort = "bounce"     // a message could not be delivered
	progress  sort = "progress"   // a message was delivered, or is late, or somebody complained of it (RFC 5965)
	autoReply sort = "auto-reply" // a program answers
	list      sort = "list"       // sent to many
)

// sorted tells what a letter is, by RFC 3464 and 3834, and by the fields that
// programs set which know neither. ours tells a list through which customers
// write to us.
func (l *letter) sorted(ours func(address string) bool) sort {
	h := l.head
	kind, params := contentType(h.get("content-type"))
	daemon := strings.HasPrefix(sender(h).address, "mailer-daemon@") || strings.HasPrefix(sender(h).address, "postmaster@")
	switch {
	case l.report.action == "failed":
		return bounce
	case l.report.action != "", kind == "multipart/report" && (strings.EqualFold(params["report-type"], "disposition-notification") || strings.EqualFold(params["report-type"], "feedback-report")):
		return progress
	case kind == "multipart/report", daemon && (h.get("return-path") == "<>" || h.get("x-failed-recipients") != ""):
		return bounce
	}
	auto := strings.ToLower(strings.TrimSpace(h.get("auto-submitted")))
	auto, _, _ = strings.Cut(auto, ";")
	precedence := strings.ToLower(strings.TrimSpace(h.get("precedence")))
	for _, name := range []string{"x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-mail-autoreply", "x-vacation"} {
		if h.get(name) != "" {
			return autoReply
		}
	}
	switch {
	case auto != "" && strings.TrimSpace(auto) != "no", precedence == "auto_reply", precedence == "junk", h.get("x-auto-response-suppress") != "" && !strings.EqualFold(h.get("x-auto-response-suppress"), "none"), outOfOffice(h.words("subject")):
		return autoReply
	case (h.get("list-id") != "" || h.get("list-unsubscribe") != "" || precedence == "bulk" || precedence == "list") && !viaUs(h, ours):
		return list
	}
	return human
}

// viaUs tells whether a list is an address of ours, as a group that customers
// write to. A List-Id writes support@example.com as support.example.com.
func viaUs(h header, ours func(string) bool) bool {
	for _, name := range []string{"list-post", "list-id"} {
		for _, w := range strings.FieldsFunc(strings.ToLower(h.get(name)), func(c rune) bool { return strings.ContainsRune("<>,;: \t", c) }) {
			if ours(w) || !strings.Contains(w, "@") && ours(strings.Replace(w, ".", "@", 1)) {
				return true
			}
		}
	}
	return false
}

// outOfOffice knows the subjects that programs give answers of absence.
func outOfOffice(subject string) bool {
	s := strings.ToLower(subject)
	for _, p := range []string{
		"automatic reply:", "auto reply:", "auto-reply:", "autoreply:", "out of office:", "out of the office:", "automatische antwort:", "abwesenheitsnotiz:", "réponse automatique", "respuesta automática:",
		"risposta automatica:", "resposta automática:", "automatisch antwoord:", "automatiskt svar:", "automatisk svar:", "autosvar:", "automaattinen vastaus:", "automatyczna odpowiedź:", "odpowiedź automatyczna:", "automatická odpověď:", "automatikus válasz:", "автоматический ответ:", "автоответ:", "otomatik yanıt:", "自动回复", "自動回覆", "自動応答", "자동 회신",
	} {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// sender is who a message says it is from: From, else Sender or Return-Path.
func sender(h header) person {
	for _, name := range []string{"from", "sender", "return-path"} {
		if p := people(h.get(name)); len(p) > 0 {
			return p[0]
		}
	}
	return person{}
}
