package desk

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/lucca"
)

// companyBody asks for more people, spread over the legal entities in turn, and
// for absences nobody is told about. The same numbers, seed and since give the same
// people and absences.
type companyBody struct {
	LegalEntities       int    `json:"legalEntities"`       // 1 to 1,000; default 3
	Employees           int    `json:"employees"`           // up to 100,000, all entities together
	AbsencesPerEmployee int    `json:"absencesPerEmployee"` // up to 50
	Seed                uint64 `json:"seed"`
	// Since is the day from which absences are; default this week's Monday. Each
	// employee's absences are three weeks apart.
	Since string `json:"since"`
}

type companyAnswer struct {
	LegalEntities int `json:"legalEntities"`
	Employees     int `json:"employees"`
	Absences      int `json:"absences"`
}

func (d *Desk) populate(w http.ResponseWriter, r *http.Request) {
	body := companyBody{LegalEntities: 3}
	if !Read(w, r, &body) {
		return
	}
	since, err := body.check()
	if err != nil {
		refuse(w, err)
		return
	}
	d.populating.Lock()
	defer d.populating.Unlock()
	answer, err := d.grow(body, since)
	if err != nil {
		refuse(w, err)
		return
	}
	JSON(w, http.StatusCreated, answer)
}

func (b companyBody) check() (since time.Time, err error) {
	for _, number := range []struct {
		field             string
		value, least, top int
	}{
		{"legalEntities", b.LegalEntities, 1, 1_000},
		{"employees", b.Employees, 0, 100_000},
		{"absencesPerEmployee", b.AbsencesPerEmployee, 0, 50},
	} {
		if number.value < number.least || number.value > number.top {
			return since, &lucca.InvalidError{Field: number.field,
				Message: fmt.Sprintf("give a number from %d to %d", number.least, number.top)}
		}
	}
	since = time.Now()
	if b.Since != "" {
		if since, err = time.Parse(time.DateOnly, b.Since); err != nil {
			return since, &lucca.InvalidError{Field: "since", Message: "give a date as YYYY-MM-DD"}
		}
	}
	return since.AddDate(0, 0, -(int(since.Weekday())+6)%7), nil
}

// firstGenerated is the least id of a generated employee.
const firstGenerated = 1000

func (d *Desk) grow(body companyBody, monday time.Time) (companyAnswer, error) {
	d.addLegalEntities(body.LegalEntities)
	next := firstGenerated
	for _, e := range d.company.Employees() {
		next = max(next, e.ID+1)
	}
	hours, err := d.account("", true)
	if err != nil {
		return companyAnswer{}, err
	}
	random := rand.New(rand.NewPCG(body.Seed, 0))
	answer := companyAnswer{LegalEntities: body.LegalEntities, Employees: body.Employees}
	for i := range body.Employees {
		e := invent(random, next+i, i%body.LegalEntities+1)
		if err := d.company.AddEmployee(e); err != nil {
			return answer, err
		}
		GiveMailbox(d.company, d.store, e)
		for k := range body.AbsencesPerEmployee {
			leave := inventLeave(random, e.ID, hours, monday.AddDate(0, 0, 21*k))
			if _, err := d.company.Import(leave); err != nil {
				return answer, err
			}
			answer.Absences++
		}
	}
	return answer, nil
}

// addLegalEntities adds those up to count that do not exist; beyond the third they
// repeat the first three.
func (d *Desk) addLegalEntities(count int) {
	known := map[int]lucca.LegalEntity{}
	for _, entity := range d.company.LegalEntities() {
		known[entity.ID] = entity
	}
	for id := 1; id <= count; id++ {
		if _, ok := known[id]; ok {
			continue
		}
		entity := known[(id-1)%3+1]
		entity.ID, entity.Name = id, fmt.Sprintf("%s %d", entity.Name, id)
		d.company.AddLegalEntity(entity)
	}
}

var (
	givenNames = []string{
		"Adèle", "Bastien", "Chloé", "David", "Élise", "Fabien", "Gaëlle", "Henri", "Inès", "Julien",
		"Karine", "Luc", "Maëlle", "Nathan", "Océane", "Pierre", "Quentin", "Romane", "Simon", "Théa",
	}
	familyNames = []string{
		"Allard", "Besson", "Cordier", "Dufour", "Esnault", "Fabre", "Girard", "Huber", "Imhof", "Jacquet",
		"Keller", "Lambert", "Maillard", "Noël", "Ollivier", "Perrin", "Rey", "Schmid", "Técher", "Vidal",
	}
	plain = strings.NewReplacer("è", "e", "é", "e", "É", "e", "ë", "e", "ï", "i", "ô", "o", "ü", "u", "ç", "c", " ",
		"-")
)

func invent(random *rand.Rand, id, legalEntity int) lucca.Employee {
	given, family := givenNames[random.IntN(len(givenNames))], familyNames[random.IntN(len(familyNames))]
	local := strings.ToLower(plain.Replace(given + "." + family))
	return lucca.Employee{
		ID: id, GivenName: given, FamilyName: family, LegalEntity: legalEntity,
		Email: fmt.Sprintf("%s.%d@example.com", local, id),
	}
}

// inventLeave is an absence that starts in the week of monday or the next, and ends
// within three weeks of monday.
func inventLeave(random *rand.Rand, employee, hoursAccount int, monday time.Time) lucca.LeaveRequest {
	start := monday.AddDate(0, 0, 7*random.IntN(2)+random.IntN(5))
	req := lucca.LeaveRequest{
		Employee: employee, Confirmed: random.IntN(4) > 0,
		StartsOn: start.Format(time.DateOnly), EndsOn: start.Format(time.DateOnly),
		StartPosition: lucca.FirstHalfDay, EndPosition: lucca.SecondHalfDay,
	}
	switch random.IntN(10) {
	case 0:
		req.EndPosition = lucca.FirstHalfDay
	case 1:
		req.StartPosition = lucca.SecondHalfDay
	case 2:
		req.Account, req.Hours, req.EndPosition = hoursAccount, float64(1+random.IntN(6))/2, lucca.FirstHalfDay
	case 3, 4, 5:
		req.EndsOn = start.AddDate(0, 0, 1+random.IntN(7)).Format(time.DateOnly)
	}
	return req
}
