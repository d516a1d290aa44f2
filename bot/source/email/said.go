package email

import (
	"regexp"
	"strings"

	"earshot/bot/source/record"
	"earshot/bot/text"
)

// said parts the letter's words: what its author wrote, what they quote of
// others, and how they sign.
func (l *letter) said() (own, quoted, signature string) {
	plain := strings.Join(l.plain, "\n\n")
	var quotes []string
	if strings.TrimSpace(plain) == "" && len(l.html) > 0 {
		kept, history := cutHTML(strings.Join(l.html, "<br><br>"))
		plain = text.HTML(kept)
		quotes = append(quotes, text.HTML(history))
	}
	if len(plain) > record.MaxText {
		plain, l.cut = text.CutBytes(plain, record.MaxText), true
	}
	own, history, signature := l.signs.cut(text.Clean(plain))
	quotes = append(append(quotes, history), l.inside...)
	return own, text.CutBytes(text.Clean(joined(quotes)), record.MaxText), text.Cut(signature, 600)
}

func joined(all []string) string {
	var kept []string
	for _, s := range all {
		if s = strings.TrimSpace(s); s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, "\n\n")
}

// The bounds of the cutter, ours: a longer line is words, not a sign.
const (
	signLine = 300 // bytes
	closing  = 8   // lines of a signature below its greeting
)

// cut parts a plain text. A line that begins with ">" is quoted, and so is
// all that follows a sign of history, as programs write it above an older
// message; a line that names who wrote the quote goes with it.
func (g *signs) cut(s string) (own, quoted, signature string) {
	lines := strings.Split(s, "\n")
	var mine, theirs []string
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		switch {
		case strings.HasPrefix(line, ">"):
			theirs = append(theirs, strings.TrimLeft(line, "> "))
			continue
		case len(line) > signLine || line == "":
		case g.history(lines, i):
			theirs = append(theirs, lines[i:]...)
			i = len(lines)
			continue
		default:
			n := g.attribution(lines, i)
			if n == 0 {
				break
			}
			next := after(lines, i+n)
			if next < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[next]), ">") { // nothing marks the quote: it is all that follows
				theirs = append(theirs, lines[i+n:]...)
				i = len(lines)
				continue
			}
			i += n - 1
			continue
		}
		mine = append(mine, lines[i])
	}
	mine, sign := g.signature(mine)
	return strings.TrimSpace(strings.Join(mine, "\n")), strings.TrimSpace(strings.Join(theirs, "\n")), strings.TrimSpace(strings.Join(sign, "\n"))
}

// after gives the place of the first line from i on that is not empty.
func after(lines []string, i int) int {
	for i < len(lines) && strings.TrimSpace(lines[i]) == "" {
		i++
	}
	return i
}

// signs are the words by which mail programs and people mark what is not the
// message itself, in the languages that they are most used in.
type signs struct {
	wrote, wroteFirst, divider, field, device, greeting, notice *regexp.Regexp
}

func newSigns() *signs {
	return &signs{
		// "On Monday Ann wrote:", also over two lines
		wrote: regexp.MustCompile(`(?i)(^(on|am|le|el|il|em|op|den|dnia|dne|den|le|em|pe|w dniu|\d{4}|\p{Lu}\p{L}{1,10}[,.]?|在|보낸|el mi[eé]|a mensagem).{0,260}|^.{0,200}[<(][^<>\s]{1,100}@[^<>\s]{1,100}[>)].{0,60}|^.{0,120}\d{1,2}[.:]\d{2}.{0,120})` +
			`(wrote|writes|schrieb|schrieb am|a écrit|ecrit|escribió|escribio|ha scritto|scrive|escreveu|schreef|skrev|skriver|kirjoitti|napisał|napisał\(a\)|napisała|napsal|napsal\(a\)|napísal|írta|a scris|написал|написала|пише|пишет|писал|писав|yazdı|şunu yazdı|έγραψε|כתב|كتب|写道|写到|寫道|のメール|さんは書きました|が書きました|님이 작성|작성)\s?[^\p{L}\d]{0,3}[:：]?\s*$`),
		// "Am 9. März schrieb Ann:", "Ann schrieb am 9. März:"
		wroteFirst: regexp.MustCompile(`(?i)^(((am|op|den|på)\s.{0,160}|.{1,120}\s)(schrieb|schreef|skrev)\b.{0,120}|.{1,120}\s(wrote on|a écrit le|escribió el|ha scritto il|napsal dne)\s.{1,80})[:：]\s*$`),
		// "-----Original Message-----", "---------- Forwarded message ---------", "Begin forwarded message:"
		divider: regexp.MustCompile(`(?i)^([-_=*]{2,}\s*(original( message| appointment)?|forwarded message( follows)?|forwarded by.*|reply message|ursprüngliche nachricht|ursprungliche nachricht|originalnachricht|weitergeleitete nachricht|weitergeleitet von.*|message d'origine|message d’origine|message original|message transféré|mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato|messaggio originario|mensagem original|mensagem encaminhada|oorspronkelijk bericht|origineel bericht|doorgestuurd bericht|ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|oryginalna wiadomość|wiadomość oryginalna|původní zpráva|eredeti üzenet|исходное сообщение|пересылаемое сообщение|пересылаемое сообщение|orijinal mesaj|原始邮件|原始郵件|转发邮件|元のメッセージ|転送されたメッセージ|원본 메시지)\s*[-_=*]{2,}|begin forwarded message:|anfang der weitergeleiteten nachricht:|début du message réexpédié\s?:|inizio messaggio inoltrato:|inicio del mensaje reenviado:)\s*$`),
		// the block that Outlook writes above what it answers
		field:    regexp.MustCompile(`(?i)^\*{0,2}(from|sent|to|cc|subject|date|von|gesendet|an|betreff|datum|de|envoyé|envoyé le|à|objet|enviado|enviado el|enviada em|para|asunto|assunto|fecha|data|da|inviato|a|oggetto|van|verzonden|aan|onderwerp|från|skickat|till|ämne|fra|sendt|til|emne|lähettäjä|lähetetty|vastaanottaja|aihe|od|wysłano|do|temat|odesláno|komu|předmět|от|отправлено|кому|тема|дата|kimden|gönderildi|kime|konu|发件人|发送时间|收件人|主题|寄件者|差出人|送信日時|宛先|件名|보낸 사람|보낸 날짜|받는 사람|제목)\*{0,2}\s?[:：]\*{0,2}\s*\S`),
		device:   regexp.MustCompile(`(?i)^\[?(sent from (my|mail|outlook|yahoo|proton|samsung|an?|the all-new)\b.*|sent (via|with|using) .{1,40}|get outlook for .*|von meinem .{1,60} gesendet\.?|gesendet (von|mit|aus|über) .{1,60}|diese nachricht wurde von meinem .{1,80}|envoyé (de|depuis|à partir de|avec) .{1,60}|enviado (desde|do|de|a partir) .{1,60}|inviato da .{1,60}|verzonden (vanaf|met|via) .{1,60}|verstuurd (vanaf|met) .{1,60}|skickat från .{1,60}|sendt fra .{1,60}|lähetetty .{1,40}|wysłane z .{1,60}|wysłano z .{1,60}|odesláno z .{1,60}|odoslané z .{1,60}|отправлено (с|из) .{1,60}|надіслано (з|із) .{1,60}|trimis de pe .{1,60}|.{1,30}'?[dt]en gönderildi|iphoneから送信|从我的 ?.{1,20} ?发送|發自我的.{1,20}|나의 .{1,20}에서 보냄)\]?$`),
		greeting: regexp.MustCompile(`(?i)^((with |my )?(best|kind|kindest|warm|warmest|many|friendly) (regards|wishes|thanks)|regards|best|cheers|yours( (sincerely|faithfully|truly))?|sincerely( yours)?|thanks and regards|thanks (&|and) regards|mit freundlichen gr(ü|ue)(ß|ss)en|mit freundlichem gru(ß|ss)|(viele|liebe|beste|herzliche|freundliche|sch(ö|oe)ne) gr(ü|ue)(ß|ss)e|gru(ß|ss)|mfg|lg|vg|(bien )?cordialement|(bien|très) à vous|salutations|sinc(è|e)res salutations|bonne journée|(un )?(cordial )?saludos?( cordiales)?|un saludo|atentamente|atenciosamente|cumprimentos|abraços|(cordiali|distinti) saluti|saluti|met (vriendelijke|hartelijke) groet(en)?|mvg|groet(en|jes)?|med (vänliga|vennlig|venlig) h(ä|i)ls(ning|ningar|en)?|(mvh|hälsningar|hilsen)|ystävällisin terveisin|terveisin|(z poważaniem|pozdrawiam)|s pozdravem|üdvözlettel|cu stimă|с уважением|всего доброго|з повагою|saygılarımla|saygılar|此致|敬上|よろしくお願い(いた)?します。?|敬具)\s*[,.!]*$`),
		notice:   regexp.MustCompile(`(?i)^\W{0,3}((this|the (information|content)s?)\b.{0,60}\b(e-?mail|message|communication|transmission)\b.{0,120}\b(confidential|intended|privileged)|(confidentiality|legal) (notice|disclaimer)|disclaimer\s*:|diese e-?mail.{0,60}(vertraulich|rechtlich)|der inhalt dieser e-?mail.{0,60}vertraulich|(ce|cet) (message|e-?mail|courriel).{0,80}(confidenti[ae]l|destin)|este (mensaje|correo|e-?mail).{0,100}(confidencial|destinat)|esta mensagem.{0,80}confidencial|questo messaggio.{0,80}(riservat|confidenzial)|(dit|deze) (e-?mail|bericht).{0,80}vertrouwelijk|please consider the environment before printing)`),
	}
}

// history tells whether an older message begins at line i.
func (g *signs) history(lines []string, i int) bool {
	line := strings.TrimSpace(lines[i])
	if g.divider.MatchString(line) {
		return true
	}
	if strings.Trim(line, "_") == "" && len(line) >= 10 { // Outlook's rule, with its block below
		i = after(lines, i+1)
	}
	fields := 0
	for j := i; j < len(lines) && j < i+8; j++ {
		switch at := strings.TrimSpace(lines[j]); {
		case at == "" && fields == 0, len(at) > signLine:
			return false
		case at == "" || !g.field.MatchString(at):
			if fields == 0 {
				return false
			}
		default:
			fields++
		}
		if fields >= 3 {
			return true
		}
	}
	return false
}

// attribution gives how many lines from i on name who wrote what follows; 0
// when they do not.
func (g *signs) attribution(lines []string, i int) int {
	joined := ""
	for n := 1; n <= 3 && i+n <= len(lines); n++ {
		line := strings.TrimSpace(lines[i+n-1])
		if line == "" || len(joined)+len(line) > signLine {
			return 0
		}
		if joined = strings.TrimSpace(joined + " " + line); (g.wrote.MatchString(joined) || g.wroteFirst.MatchString(joined)) && strings.ContainsAny(joined, "0123456789@") {
			return n
		}
	}
	return 0
}

// signature cuts how the author signs: from a "-- " on (RFC 3676 4.3), from a
// greeting near the end on, what a telephone adds, and legal notices.
func (g *signs) signature(lines []string) (mine, sign []string) {
	end := len(lines)
	for end > 0 && strings.TrimSpace(lines[end-1]) == "" {
		end--
	}
	lines = lines[:end]
	for i, line := range lines {
		t := strings.TrimSpace(line)
		if (t == "--" || t == "—" || t == "__") && i > 0 || len(t) <= 2*signLine && g.notice.MatchString(t) && i > 0 {
			end = i
			break
		}
	}
	for i := end - 1; i > 0 && i >= end-closing-1; i-- {
		if t := strings.TrimSpace(lines[i]); len(t) <= signLine && g.greeting.MatchString(t) {
			end = i
			break
		}
	}
	for _, line := range lines[:end] {
		if t := strings.TrimSpace(line); t != "" && len(t) <= signLine && g.device.MatchString(t) {
			sign = append(sign, line)
			continue
		}
		mine = append(mine, line)
	}
	return mine, append(sign, lines[end:]...)
}
