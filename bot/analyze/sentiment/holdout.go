package sentiment

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed holdout.tsv
var holdOuts string

// HoldOut is how well English models did on texts that they had not seen, as
// the trainer measured it when it made the weights. That of the latest years
// is of models that were trained without those years, not of the shipped ones.
// All but Whole is of the models alone.
type HoldOut struct {
	Set              string  // what was held out
	Texts            int     // how many
	MacroRecall      float64 // 0 to 100
	Whole            float64 // macro recall of the whole analysis, with the rules that are asked after the models; 0 to 100
	LogLoss          float64 // mean over the classes, so that each weighs the same
	CalibrationError float64 // 0 to 1, with the temperature of these texts
}

// HoldOuts gives what the trainer wrote down.
func HoldOuts() ([]HoldOut, error) { return decodeHoldOuts(holdOuts) }

// decodeHoldOuts reads what EncodeHoldOuts writes.
func decodeHoldOuts(s string) ([]HoldOut, error) {
	var list []HoldOut
	for line := range strings.Lines(s) {
		if strings.HasPrefix(line, "# ") {
			continue
		}
		set, numbers, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		h := HoldOut{Set: set}
		if _, err := fmt.Sscanf(numbers, "%d\t%f\t%f\t%f\t%f", &h.Texts, &h.MacroRecall, &h.LogLoss, &h.CalibrationError, &h.Whole); err != nil {
			return nil, fmt.Errorf("read the figures of training: %q: %w", line, err)
		}
		list = append(list, h)
	}
	return list, nil
}

// EncodeHoldOuts writes the table that is shipped with the weights.
func EncodeHoldOuts(list []HoldOut) []byte {
	b := []byte("# set, texts, macro recall, log-loss, expected calibration error, macro recall with the rules; written by the trainer\n")
	for _, h := range list {
		b = fmt.Appendf(b, "%s\t%d\t%.2f\t%.4f\t%.4f\t%.2f\n", h.Set, h.Texts, h.MacroRecall, h.LogLoss, h.CalibrationError, h.Whole)
	}
	return b
}
