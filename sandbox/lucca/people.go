package lucca

import (
	"fmt"
	"strconv"
)

// Employments and job positions have ids of their own, so that a client mixing
// them up with employees is found out.
const (
	employmentOffset  = 1_000_000
	jobPositionOffset = 2_000_000
)

// legalUnit is the one v5 legal entity (v4 legal unit) above all establishments.
const legalUnit = 1

func (r *Room) created() string { return instant(r.company.created) }

func (r *Room) employeeResource(e Employee) any {
	return map[string]any{
		"id": strconv.Itoa(e.ID), "type": "employee", "url": r.url("employees", strconv.Itoa(e.ID)),
		"remoteId": fmt.Sprintf("%04d", e.ID), "portrait": nil,
		"givenName": e.GivenName, "familyName": e.FamilyName, "employeeNumber": "E" + strconv.Itoa(e.ID),
		"status": "active", "email": orNull(e.Email), "birthDay": nil, "phoneNumber": nil,
		"applicableEmployment":  r.refer("employment", e.ID+employmentOffset),
		"applicableJobPosition": r.refer("job-position", e.ID+jobPositionOffset),
		"createdAt":             r.created(), "lastUpdatedAt": r.created(), "links": map[string]any{},
	}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func (r *Room) employmentResource(e Employee) any {
	id := strconv.Itoa(e.ID + employmentOffset)
	return map[string]any{
		"id": id, "type": "employment", "url": r.url("employments", id),
		"employee": r.refer("employee", e.ID), "legalEntity": r.legalUnitRef(), "status": "active",
		"start": map[string]any{"date": "2020-01-01"}, "end": nil, "template": nil,
		"createdAt": r.created(), "lastUpdatedAt": r.created(), "links": map[string]any{},
	}
}

func (r *Room) jobPositionResource(e Employee) any {
	id := strconv.Itoa(e.ID + jobPositionOffset)
	return map[string]any{
		"id": id, "type": "job-position", "url": r.url("job-positions", id),
		"employment": r.refer("employment", e.ID+employmentOffset), "employee": r.refer("employee", e.ID),
		"startsOn": "2020-01-01", "endsOn": nil,
		"businessEstablishment": r.refer("business-establishment", e.LegalEntity),
		"department":            nil, "manager": nil, "workingTimeArrangement": nil, "occupationCategory": nil,
		"jobTitle": nil, "updatedAttributes": []string{},
		"createdAt": r.created(), "lastUpdatedAt": r.created(), "links": map[string]any{},
	}
}

func (r *Room) legalUnitRef() reference {
	return reference{ID: strconv.Itoa(legalUnit), Type: "legal-entity",
		URL: r.url("legal-entities", strconv.Itoa(legalUnit))}
}

func (r *Room) establishmentResource(e LegalEntity) any {
	return map[string]any{
		"id": strconv.Itoa(e.ID), "type": "business-establishment",
		"url":  r.url("business-establishments", strconv.Itoa(e.ID)),
		"name": e.Name, "remoteId": nil, "isArchived": false, "legalEntity": r.legalUnitRef(),
		"isHeadquarters":          e.ID == 1,
		"taxIdentificationNumber": nil, "industryCode": nil,
		"address": map[string]any{"addressLines": []string{}, "postalCode": nil, "locality": nil,
			"administrativeArea": nil, "countryCode": e.Country},
		"timezoneId":     orNull(e.Zone),
		"lastArchivedAt": nil, "createdAt": r.created(), "lastUpdatedAt": r.created(), "links": map[string]any{},
	}
}

func (r *Room) legalUnitResource() any {
	ref := r.legalUnitRef()
	return map[string]any{
		"id": ref.ID, "type": ref.Type, "url": ref.URL, "legalName": "Figgo Demo", "remoteId": nil, "isArchived": false,
		"countryCode": "FRA", "currencyCode": "EUR", "taxIdentificationNumber": nil, "industryCode": nil,
		"createdAt": r.created(), "lastUpdatedAt": r.created(), "links": map[string]any{},
	}
}

func (r *Room) accountResource(a Account) any {
	return map[string]any{
		"id": strconv.Itoa(a.ID), "type": "leave-account", "url": r.url("leave-accounts", strconv.Itoa(a.ID)),
		"name": a.Name, "unit": a.Unit, "links": map[string]any{},
	}
}
