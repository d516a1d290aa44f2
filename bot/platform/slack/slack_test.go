package slack

import (
	"testing"

	"go.uber.org/goleak"

	"earshot/bot/platform/platformtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPlatform(t *testing.T) {
	for _, mode := range []string{ModeSocket, ModeHTTP} {
		t.Run(mode, func(t *testing.T) {
			platformtest.Run(t, func(t *testing.T) *platformtest.Harness { return newRig(t, mode).h })
		})
	}
}
