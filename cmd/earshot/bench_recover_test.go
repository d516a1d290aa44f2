package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"earshot/bot/source/webhook"
	"earshot/store/storetest"
)

// recovers measures the time from the start after a SIGKILL in the middle of
// work until the first mention is stored and acknowledged.
func (r *bigBot) recovers(b *testing.B) {
	var took []time.Duration
	n := 0
	for b.Loop() {
		for range repeats {
			run := r.start(b)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for r.posted(n) { // until it is killed
					n++
				}
			}()
			<-time.After(time.Second)
			_ = run.cmd.Process.Kill() // with SIGKILL; it cannot have ended
			_ = run.cmd.Wait()
			<-done
			n += 1000 // what was under way may have been stored
			began := time.Now()
			run = r.launch(b)
			for !r.posted(n) {
				if time.Since(began) > time.Minute {
					b.Fatal("no work within a minute")
				}
				<-time.After(2 * time.Millisecond)
			}
			took = append(took, time.Since(began))
			run.stop(b)
		}
	}
	b.ReportMetric(median(took), "ms-to-work")
	reportLoad(b)
}

// posted sends one mention to the webhook and tells whether it was stored.
func (r *bigBot) posted(n int) bool {
	body, err := json.Marshal(map[string]any{"id": fmt.Sprint("recover", n), "text": complaint(n), "author": fmt.Sprint("r", n)})
	if err != nil {
		return false
	}
	now := time.Now()
	req, err := http.NewRequest(http.MethodPost, "http://"+r.addr+"/hooks/reviews", bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("X-Earshot-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("X-Earshot-Signature", webhook.Sign(secret, now, body))
	res, err := (&http.Client{Timeout: 5 * time.Second}).Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// BenchmarkFailover measures how long it takes from the SIGKILL of the replica
// that reads the sources until another one does.
func BenchmarkFailover(b *testing.B) {
	url := storetest.Postgres(b).Empty(b)
	program := filepath.Join(b.TempDir(), "earshot")
	if out, err := exec.Command("go", "build", "-trimpath", "-tags", "sqlite_fts5", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%s: %v", out, err)
	}
	var bots [2]*bigBot
	for i := range bots {
		bots[i] = &bigBot{program: program, dir: b.TempDir()}
		bots[i].configure(b)
		file := filepath.Join(bots[i].dir, "earshot.yaml")
		data, err := os.ReadFile(file)
		if err == nil {
			text := strings.Replace(string(data), "{path: "+filepath.Join(bots[i].dir, "earshot.db")+"}", `{url: "`+url+`"}`, 1)
			err = os.WriteFile(file, []byte(text), 0o600)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	var took []time.Duration
	leader := bots[0].start(b)
	<-leader.leads
	for b.Loop() {
		for i := range repeats {
			follower := bots[(i+1)%2].start(b)
			began := time.Now()
			_ = leader.cmd.Process.Kill() // it cannot have ended
			_ = leader.cmd.Wait()
			select {
			case <-follower.leads:
			case <-time.After(time.Minute):
				b.Fatal("nobody took over within a minute")
			}
			took = append(took, time.Since(began))
			leader = follower
		}
	}
	leader.stop(b)
	b.ReportMetric(median(took), "ms-to-listen")
	reportLoad(b)
}
