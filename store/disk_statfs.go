//go:build linux || darwin

package store

import "syscall"

// diskOf gives the bytes that are left to us on the disk of a folder, and all
// of its bytes; 0 where nobody can tell.
func diskOf(folder string) (free, total int64) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(folder, &st); err != nil {
		return 0, 0
	}
	size := int64(st.Bsize) //nolint:unconvert // 32 bits on macOS
	return int64(st.Bavail) * size, int64(st.Blocks) * size
}
