package main

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// diskFull lets no file of the child grow beyond a size that it soon reaches:
// every write beyond fails, as on a full disk. The function that it gives
// takes note that the child has ended.
func (c *chaos) diskFull(p *process, dice *rand.Rand) func() {
	c.t.Helper()
	if c.plan.engine != "sqlite" {
		return func() {}
	}
	size := int64(0)
	for _, name := range []string{"earshot.db", "earshot.db-wal"} {
		if info, err := os.Stat(c.h.path(name)); err == nil {
			size = max(size, info.Size())
		}
	}
	p.diskFull = true
	limit := unix.Rlimit{Cur: uint64(size) * uint64(dice.IntN(3)) / 2, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		if !errors.Is(err, unix.ESRCH) {
			c.t.Errorf("limit the disk: %v", err)
		}
		return func() {}
	}
	c.net.count("disk full")
	c.lives(p, time.Now(), time.Duration(200+dice.IntN(1500))*time.Millisecond)
	if dice.IntN(2) == 0 { // somebody made room
		limit.Cur = unix.RLIM_INFINITY
		if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil && !errors.Is(err, unix.ESRCH) {
			c.t.Errorf("lift the disk's limit: %v", err)
		}
	}
	return func() {}
}

// tearTail leaves the end of the write-ahead log as a power cut does: a frame
// that was being written, half of it there or garbled. What was committed
// before stays, as it was synced (sqlite.org/fileformat2.html#walformat).
func (c *chaos) tearTail(dice *rand.Rand) {
	c.t.Helper()
	if c.plan.engine != "sqlite" {
		return
	}
	path := c.h.path("earshot.db-wal")
	wal, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || len(wal) < walHeader {
		return
	}
	if err != nil {
		c.t.Fatal(err)
	}
	end, frame := committed(wal)
	if frame == 0 {
		return
	}
	torn := make([]byte, 1+dice.IntN(2*frame))
	for i := range torn {
		torn[i] = byte(dice.IntN(256))
	}
	if len(torn) >= walFrame && dice.IntN(2) == 0 { // a frame that says it is a commit of this log, with another's checksum
		binary.BigEndian.PutUint32(torn, 1+dice.Uint32N(50))
		binary.BigEndian.PutUint32(torn[4:], 50)
		copy(torn[8:16], wal[16:24])
	}
	if err := os.WriteFile(path, append(wal[:end:end], torn...), 0o600); err != nil {
		c.t.Fatal(err)
	}
	c.net.count("torn logs")
}

// Sizes of the log's header and of a frame's.
const walHeader, walFrame = 32, 24

// committed gives where the last commit of a log ends, and the size of a frame.
func committed(wal []byte) (end, frame int) {
	page := int(binary.BigEndian.Uint32(wal[8:]))
	if page < 512 || page > 65536 {
		return 0, 0
	}
	frame, end = walFrame+page, walHeader
	for at := walHeader; at+frame <= len(wal); at += frame {
		head := wal[at : at+walFrame]
		if string(head[8:16]) != string(wal[16:24]) {
			break // left over from before the last checkpoint
		}
		if binary.BigEndian.Uint32(head[4:]) != 0 {
			end = at + frame
		}
	}
	return end, frame
}
