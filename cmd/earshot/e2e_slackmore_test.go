package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// uploads are the files of a workspace: how many bytes were announced of each, or
// whole for one that is there.
type uploads map[string]int

const whole = -1

// file answers the methods of uploads, which take three steps
// (docs.slack.dev/messaging/working-with-files); w.mu is held.
func (w *workspace) file(method string, r *http.Request) map[string]any {
	refuse := func(code string) map[string]any { return map[string]any{"ok": false, "error": code} }
	if id, put := strings.CutPrefix(method, "/upload/"); put {
		f, _, err := r.FormFile("file")
		if err != nil {
			return refuse("no_file_data")
		}
		defer func() { _ = f.Close() }()
		if n, err := io.Copy(io.Discard, f); err != nil || w.files[id] <= 0 || n != int64(w.files[id]) {
			return refuse("file_upload_size_mismatch")
		}
		w.files[id] = 0
		return map[string]any{}
	}
	switch method {
	case "files.getUploadURLExternal":
		n, err := strconv.Atoi(r.FormValue("length"))
		if err != nil || n <= 0 || r.FormValue("filename") == "" {
			return refuse("invalid_arguments")
		}
		if w.files == nil {
			w.files = uploads{}
		}
		id := fmt.Sprintf("F%07d", len(w.files))
		w.files[id] = n
		return map[string]any{"upload_url": w.url() + "/upload/" + id, "file_id": id}
	case "files.completeUploadExternal":
		var done []struct{ ID, Title string }
		if json.Unmarshal([]byte(r.FormValue("files")), &done) != nil || len(done) == 0 {
			return refuse("invalid_arguments")
		}
		for _, f := range done {
			if n, known := w.files[f.ID]; !known || n > 0 {
				return refuse("file_not_found")
			}
			w.files[f.ID] = whole
		}
		return map[string]any{"files": done}
	}
	w.unknown = append(w.unknown, method)
	return refuse("unknown_method")
}

var shownFile = regexp.MustCompile(`"slack_file":\{"id":"([^"]*)"`)

// missing tells whether blocks show a file that is not there.
func (w *workspace) missing(blocks string) bool {
	for _, m := range shownFile.FindAllStringSubmatch(blocks, -1) {
		if w.files[m[1]] != whole {
			return true
		}
	}
	return false
}

// view takes a form that is opened by a trigger, or drawn anew; these calls are
// JSON, not a form.
func (w *workspace) view(r *http.Request) map[string]any {
	var body struct {
		Trigger string         `json:"trigger_id"`
		ID      string         `json:"view_id"`
		View    map[string]any `json:"view"`
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.View == nil {
		return map[string]any{"ok": false, "error": "invalid_arguments"}
	}
	if body.ID == "" {
		body.ID = "V" + body.Trigger
	}
	w.modals[strings.TrimPrefix(body.ID, "V")] = body.View
	return map[string]any{"view": map[string]any{"id": body.ID}}
}
