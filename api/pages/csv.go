package pages

import (
	"encoding/csv"
	"net/http"
	"strings"
)

// sheet is a table to be downloaded.
type sheet struct {
	// Name is the file's, without its ending.
	Name  string
	Heads []string
	Rows  [][]string
}

// download answers with a table as a file that spreadsheet programs open: UTF-8
// with its mark, and the separator that those of the language expect.
func (s *site) download(w http.ResponseWriter, r *http.Request, table sheet) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+table.Name+`.csv"`)
	_, _ = w.Write([]byte("\uFEFF"))
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = []rune(s.loc(r).T("csv.separator"))[0], true
	for _, row := range append([][]string{table.Heads}, table.Rows...) {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = harmless(cell)
		}
		_ = out.Write(safe) // the browser has gone
	}
	out.Flush()
	return nil
}

// harmless keeps a cell from being read as a formula: people choose their names, and
// somebody opens the file (https://owasp.org/www-community/attacks/CSV_Injection).
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}
