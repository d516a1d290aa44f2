package file

import "earshot/bot"

// asks is what `earshot init` asks to set one up.
func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "path", Ask: "Which file or folder is read, as inbox?"},
	}
}

// guide is what to create first, and what to know.
const guide = `A file, or a folder into which files are put. Columns named ` + "`id`" + `, ` + "`text`" + `, ` + "`author`" + `, ` + "`created_at`" + `, ` + "`url`" + ` and ` + "`rating`" + ` are understood;
others are mapped with ` + "`map`" + `. A file that grows is read on where it was, and one that was put there twice counts once.`
