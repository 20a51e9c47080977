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

func (s *Service) created() string { return instant(s.company.created) }

func (s *Service) employeeResource(e Employee) any {
	return map[string]any{
		"id": strconv.Itoa(e.ID), "type": "employee", "url": s.url("employees", strconv.Itoa(e.ID)),
		"remoteId": fmt.Sprintf("%04d", e.ID), "portrait": nil,
		"givenName": e.GivenName, "familyName": e.FamilyName, "employeeNumber": "E" + strconv.Itoa(e.ID),
		"status": e.status(), "email": orNull(e.Email), "birthDay": nil, "phoneNumber": nil,
		"applicableEmployment":  s.refer("employment", e.ID+employmentOffset),
		"applicableJobPosition": s.refer("job-position", e.ID+jobPositionOffset),
		"createdAt":             s.created(), "lastUpdatedAt": s.created(), "links": map[string]any{},
	}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func (s *Service) employmentResource(e Employee) any {
	id := strconv.Itoa(e.ID + employmentOffset)
	return map[string]any{
		"id": id, "type": "employment", "url": s.url("employments", id),
		"employee": s.refer("employee", e.ID), "legalEntity": s.legalUnitRef(), "status": "active",
		"start": map[string]any{"date": "2020-01-01"}, "end": nil, "template": nil,
		"createdAt": s.created(), "lastUpdatedAt": s.created(), "links": map[string]any{},
	}
}

func (s *Service) jobPositionResource(e Employee) any {
	id := strconv.Itoa(e.ID + jobPositionOffset)
	return map[string]any{
		"id": id, "type": "job-position", "url": s.url("job-positions", id),
		"employment": s.refer("employment", e.ID+employmentOffset), "employee": s.refer("employee", e.ID),
		"startsOn": "2020-01-01", "endsOn": nil,
		"businessEstablishment": s.refer("business-establishment", e.LegalEntity),
		"department":            nil, "manager": nil, "workingTimeArrangement": nil, "occupationCategory": nil,
		"jobTitle": nil, "updatedAttributes": []string{},
		"createdAt": s.created(), "lastUpdatedAt": s.created(), "links": map[string]any{},
	}
}

func (s *Service) legalUnitRef() reference {
	return reference{ID: strconv.Itoa(legalUnit), Type: "legal-entity",
		URL: s.url("legal-entities", strconv.Itoa(legalUnit))}
}

func (s *Service) establishmentResource(e LegalEntity) any {
	return map[string]any{
		"id": strconv.Itoa(e.ID), "type": "business-establishment",
		"url":  s.url("business-establishments", strconv.Itoa(e.ID)),
		"name": e.Name, "remoteId": nil, "isArchived": false, "legalEntity": s.legalUnitRef(),
		"isHeadquarters":          e.ID == 1,
		"taxIdentificationNumber": nil, "industryCode": nil,
		"address": map[string]any{"addressLines": []string{}, "postalCode": nil, "locality": nil,
			"administrativeArea": nil, "countryCode": e.Country},
		"timezoneId":     orNull(e.Zone),
		"lastArchivedAt": nil, "createdAt": s.created(), "lastUpdatedAt": s.created(), "links": map[string]any{},
	}
}

func (s *Service) legalUnitResource() any {
	ref := s.legalUnitRef()
	return map[string]any{
		"id": ref.ID, "type": ref.Type, "url": ref.URL, "legalName": "Figgo Demo", "remoteId": nil, "isArchived": false,
		"countryCode": "FRA", "currencyCode": "EUR", "taxIdentificationNumber": nil, "industryCode": nil,
		"createdAt": s.created(), "lastUpdatedAt": s.created(), "links": map[string]any{},
	}
}

func (s *Service) accountResource(a Account) any {
	return map[string]any{
		"id": strconv.Itoa(a.ID), "type": "leave-account", "url": s.url("leave-accounts", strconv.Itoa(a.ID)),
		"name": a.Name, "unit": a.Unit, "links": map[string]any{},
	}
}
