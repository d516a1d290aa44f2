package file

import (
	"context"
	"fmt"

	"earshot/bot"
)

// Check implements bot.Checker: whether the file or folder is there and may be
// read.
func (s *Source) Check(context.Context) []bot.Finding {
	targets, folder, err := s.targets()
	path := s.set.Path
	switch {
	case bot.KindOf(err) == bot.ErrNotFound:
		return []bot.Finding{{What: "File: can read " + path, Mend: fmt.Sprintf("There is no file or folder %s where Earshot runs. Make it, or write its whole path in the configuration.", path)}}
	case err != nil:
		return []bot.Finding{{What: "File: can read " + path, Mend: bot.Told(err)}}
	case !folder:
		return []bot.Finding{{OK: true, What: "File: can read " + path}}
	case len(targets) == 1:
		return []bot.Finding{{OK: true, What: "File: can read the folder " + path + ", with 1 file in it"}}
	}
	return []bot.Finding{{OK: true, What: fmt.Sprintf("File: can read the folder %s, with %d files in it", path, len(targets))}}
}
