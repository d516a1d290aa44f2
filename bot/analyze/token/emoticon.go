package token

// emoticon is the meaning and the length of the emoticon that s begins with;
// "" and 0 for none. An emoticon is not part of a word.
func emoticon(s string) (form string, n int) {
	if !startsEmoticon(s[0]) || len(s) < 2 || s[1] == ' ' || isAlnum(s[0]) && 'a' <= s[1] && s[1] <= 'z' { // none has these
		return "", 0
	}
	for n = min(4, len(s)); n >= 2; n-- {
		if form = emoticonForm(s[:n]); form != "" && (n == len(s) || !isAlnum(s[n])) {
			return form, n
		}
	}
	return "", 0
}

func startsEmoticon(c byte) bool {
	switch c {
	case ':', ';', '=', '<', '(', ')', '>', '^', '-', 'D', 'X', 'x', '8', 'T', 'o', 'O':
		return true
	}
	return false
}

func emoticonForm(s string) string {
	switch s {
	case ":)", ":-)", "=)", ":]", "(:", "^_^", "^^", ":')", ":))", ":-))", "8)", ":o)", ":^)":
		return "<smile>"
	case ":D", ":-D", "=D", "XD", "xD", ":'D", "x'D":
		return "<laugh>"
	case ";)", ";-)", ";D", ";]", ";-D":
		return "<wink>"
	case ":(", ":-(", "=(", ":[", "):", ":((", ":c", "D:", "D;", ":-[":
		return "<sad>"
	case ":'(", ":'-(", ";(", ";-(", "T_T", "T.T":
		return "<cry>"
	case ":/", ":-/", ":\\", ":-\\", "=/", "=\\", ":S", ":s":
		return "<skept>"
	case ":|", ":-|", "=|":
		return "<flat>"
	case ":P", ":p", ":-P", ":-p", "=P", "=p", ";P", ";p", "xP":
		return "<tongue>"
	case "<3", "<33":
		return "<heart>"
	case "</3":
		return "<broken>"
	case ":*", ":-*", ";*":
		return "<kiss>"
	case ">:(", ">:[", ">:-(":
		return "<angry>"
	case "-_-", "-.-", "-__-":
		return "<annoyed>"
	case ":o", ":O", ":-o", ":-O", "o_O", "O_o", "o.O", "O.o", "O_O", "o_o":
		return "<surprise>"
	}
	return ""
}
