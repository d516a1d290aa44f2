package email

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestQuotesAndSignatures: what others said and how one signs is cut off, in
// the ways and languages of mail programs.
func TestQuotesAndSignatures(t *testing.T) {
	g := newSigns()
	for _, attribution := range []string{
		"On Mon, 9 Mar 2026 at 11:00, Larkspur <support@larkspur.example> wrote:",
		"On Mon, 9 Mar 2026 at 11:00, Larkspur Support With A Long Name\n<support@larkspur.example> wrote:",
		"Am 09.03.2026 um 11:00 schrieb Larkspur:",
		"Am Mo., 9. März 2026 um 11:00 Uhr schrieb Larkspur <support@larkspur.example>:",
		"Le lun. 9 mars 2026 à 11:00, Larkspur <support@larkspur.example> a écrit :",
		"El lun, 9 mar 2026 a las 11:00, Larkspur (<support@larkspur.example>) escribió:",
		"Il giorno lun 9 mar 2026 alle ore 11:00 Larkspur <support@larkspur.example> ha scritto:",
		"Em seg., 9 de mar. de 2026 às 11:00, Larkspur <support@larkspur.example> escreveu:",
		"Op ma 9 mrt 2026 om 11:00 schreef Larkspur <support@larkspur.example>:",
		"Den mån 9 mars 2026 kl 11:00 skrev Larkspur <support@larkspur.example>:",
		"ma 9. maalisk. 2026 klo 11.00 Larkspur (support@larkspur.example) kirjoitti:",
		"pon., 9 mar 2026 o 11:00 Larkspur <support@larkspur.example> napisał(a):",
		"пн, 9 мар. 2026 г. в 11:00, Larkspur <support@larkspur.example>:\n> написал:",
		"2026年3月9日(月) 11:00 Larkspur <support@larkspur.example>のメール:",
		"Larkspur <support@larkspur.example> 于2026年3月9日周一 11:00写道：",
		"-----Original Message-----\nFrom: Larkspur",
		"-----Ursprüngliche Nachricht-----\nVon: Larkspur",
		"________________________________\nFrom: Larkspur <support@larkspur.example>\nSent: Monday\nTo: Ann\nSubject: x\n",
		"Von: Larkspur\nGesendet: Montag\nAn: Ann\nBetreff: x\n",
		"De : Larkspur\nEnvoyé : lundi\nÀ : Ann\nObjet : x\n",
		"---------- Forwarded message ---------\nFrom: Bob",
		"Begin forwarded message:\n",
	} {
		for _, mark := range []string{"> ", ""} {
			if mark == "" && strings.Contains(attribution, "\n> ") {
				continue
			}
			own, quoted, _ := g.cut("It still leaks.\nAnd drips.\n\n" + attribution + "\n\n" + mark + "We are delighted to help.\n" + mark + "Wonderful!")
			if own != "It still leaks.\nAnd drips." && !strings.HasPrefix(attribution, "пн") || strings.Contains(own, "delighted") || !strings.Contains(quoted, "Wonderful!") {
				t.Errorf("%q, marked %q: own %q, quoted %q", attribution, mark, own, quoted)
			}
		}
	}
	for name, tc := range map[string]struct{ letter, own, quoted, sign string }{
		"between":         {"On 9 Mar 2026 Bob wrote:\n> Does it leak?\nYes.\n> Much?\nVery much.", "Yes.\nVery much.", "Does it leak?\nMuch?", ""},
		"dashes":          {"It leaks.\n-- \nAnn Smith\nHappy Homes Ltd", "It leaks.", "", "-- \nAnn Smith\nHappy Homes Ltd"},
		"greeting":        {"It leaks.\n\nBest regards,\nAnn\n+44 1", "It leaks.", "", "Best regards,\nAnn\n+44 1"},
		"german greeting": {"Er tropft.\n\nMit freundlichen Grüßen\nAnn", "Er tropft.", "", "Mit freundlichen Grüßen\nAnn"},
		"telephone":       {"It leaks.\n\nSent from my iPhone", "It leaks.", "", "Sent from my iPhone"},
		"notice":          {"It leaks.\n\nThis e-mail and any files are confidential and intended solely for you.", "It leaks.", "", "This e-mail and any files are confidential and intended solely for you."},
		"only a greeting": {"Thanks!", "Thanks!", "", ""},
		"not a field":     {"From: the shop\nIt leaks, and to: nobody I can say", "From: the shop\nIt leaks, and to: nobody I can say", "", ""},
		"wrote in a text": {"My neighbour wrote: it leaks.\nI agree with what he wrote:\nit does", "My neighbour wrote: it leaks.\nI agree with what he wrote:\nit does", "", ""},
		"best early":      {"Best\nkettle ever, until it leaked.\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10", "Best\nkettle ever, until it leaked.\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10", "", ""},
		"nothing":         {"", "", "", ""},
	} {
		own, quoted, sign := g.cut(tc.letter)
		if diff := cmp.Diff([]string{tc.own, tc.quoted, strings.TrimSpace(tc.sign)}, []string{own, quoted, sign}); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestHTMLHistory: the marks of mail programs in HTML.
func TestHTMLHistory(t *testing.T) {
	for name, page := range map[string]string{
		"gmail":       `<div>It leaks.</div><br><div class="gmail_quote"><div class="gmail_attr">On 9 Mar Bob wrote:</div><blockquote>Wonderful!<div>more</div></blockquote></div>`,
		"outlook":     `<p>It leaks.</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Bob</div><p>Wonderful!`,
		"apple":       `It leaks.<br><blockquote type="cite">Wonderful!</blockquote>`,
		"thunderbird": `<div class="moz-cite-prefix">Am 9.3. schrieb Bob:</div><blockquote type="cite">Wonderful!</blockquote><p>It leaks.</p><div class="moz-signature">-- <br>Happy Homes</div>`,
		"unclosed":    `It leaks.<blockquote>Wonderful!<blockquote>`,
		"nested":      `<blockquote>a<blockquote>Wonderful!</blockquote>b</blockquote><p>It leaks.`,
	} {
		l := &letter{signs: newSigns()}
		l.html = []string{page}
		own, quoted, _ := l.said()
		if own != "It leaks." || !strings.Contains(quoted, "Wonderful!") {
			t.Errorf("%s: own %q, quoted %q", name, own, quoted)
		}
	}
}
