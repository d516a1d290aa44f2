package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"earshot/bot"
)

// private makes an empty file that only this user reads, unless one is there:
// SQLite fills it, and gives its log beside it the same rights
// (sqlite.org/src/doc/trunk/src/os_unix.c, findCreateFileMode).
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// readByOthers is the finding about who else on this machine may read the
// file: it holds what people said to the company.
func readByOthers(path string) bot.Finding {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return bot.Finding{OK: true, What: "Store: only this user reads the file"}
	}
	return bot.Finding{What: fmt.Sprintf("Store: others on this machine may read %s (%s)", path, info.Mode().Perm()), Mend: "Let only Earshot's user read it: chmod 600 " + path}
}
