package email

import "strings"

// unflow joins the lines of a text with format=flowed (RFC 3676 4): a line that
// ends in a space goes on in the next one of the same quote depth.
func unflow(s string, delsp bool) string {
	var out strings.Builder
	open, depth := false, 0
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimSuffix(line, "\r")
		d := 0
		for d < len(line) && line[d] == '>' {
			d++
		}
		line = strings.TrimPrefix(line[d:], " ")
		signature := line == "-- "
		goesOn := strings.HasSuffix(line, " ") && !signature
		if goesOn && delsp {
			line = strings.TrimSuffix(line, " ")
		}
		if open && d == depth && !signature {
			out.WriteString(line)
		} else {
			if out.Len() > 0 {
				out.WriteByte('\n')
			}
			if d > 0 {
				out.WriteString(strings.Repeat(">", min(d, 20)) + " ")
			}
			out.WriteString(line)
		}
		open, depth = goesOn, d
	}
	return out.String()
}
