package sandbox

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/figgosync/figgosync/sandbox/desk"
	"github.com/figgosync/figgosync/sandbox/google"
	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

var demoEntities = []lucca.LegalEntity{
	{ID: 1, Name: "Paris", Zone: "Europe/Paris", Country: "FRA"},
	{ID: 2, Name: "Zürich", Zone: "Europe/Zurich", Country: "CHE"},
	{ID: 3, Name: "Saint-Denis", Zone: "Indian/Reunion", Country: "REU"},
}

// demoPeople are five people with a mailbox in each legal entity, then one who joined
// today and has none yet.
var demoPeople = []lucca.Employee{
	{ID: 416, GivenName: "Jane", FamilyName: "Doe", Email: "jane.doe@example.com", LegalEntity: 1},
	{ID: 417, GivenName: "Camille", FamilyName: "Moreau", Email: "camille.moreau@example.com", LegalEntity: 1},
	{ID: 418, GivenName: "Hugo", FamilyName: "Lefèvre", Email: "hugo.lefevre@example.com", LegalEntity: 1},
	{ID: 419, GivenName: "Léa", FamilyName: "Garnier", Email: "lea.garnier@example.com", LegalEntity: 1},
	{ID: 420, GivenName: "Antoine", FamilyName: "Roux", Email: "antoine.roux@example.com", LegalEntity: 1},
	{ID: 421, GivenName: "Lukas", FamilyName: "Baumann", Email: "lukas.baumann@example.com", LegalEntity: 2},
	{ID: 422, GivenName: "Noémie", FamilyName: "Favre", Email: "noemie.favre@example.com", LegalEntity: 2},
	{ID: 423, GivenName: "Sandro", FamilyName: "Bernasconi", Email: "sandro.bernasconi@example.com", LegalEntity: 2},
	{ID: 424, GivenName: "Nina", FamilyName: "Keller", Email: "nina.keller@example.com", LegalEntity: 2},
	{ID: 425, GivenName: "Beat", FamilyName: "Zbinden", Email: "beat.zbinden@example.com", LegalEntity: 2},
	{ID: 431, GivenName: "Mélissa", FamilyName: "Payet", Email: "melissa.payet@example.com", LegalEntity: 3},
	{ID: 432, GivenName: "Loïc", FamilyName: "Hoarau", Email: "loic.hoarau@example.com", LegalEntity: 3},
	{ID: 433, GivenName: "Jean-Yann", FamilyName: "Grondin", Email: "jean-yann.grondin@example.com", LegalEntity: 3},
	{ID: 434, GivenName: "Anaïs", FamilyName: "Técher", Email: "anais.techer@example.com", LegalEntity: 3},
	{ID: 435, GivenName: "Dylan", FamilyName: "Rivière", Email: "dylan.riviere@example.com", LegalEntity: 3},
}

var demoJoiners = []lucca.Employee{
	{ID: 441, GivenName: "Manon", FamilyName: "Chevalier", Email: "manon.chevalier@example.com", LegalEntity: 1},
	{ID: 442, GivenName: "Livia", FamilyName: "Ammann", Email: "livia.ammann@example.com", LegalEntity: 2},
	{ID: 443, GivenName: "Océane", FamilyName: "Fontaine", Email: "oceane.fontaine@example.com", LegalEntity: 3},
}

// settle moves the demo company in.
func settle(company *lucca.Service, store *mailboxes.Store) error {
	for _, entity := range demoEntities {
		company.AddLegalEntity(entity)
	}
	for _, employee := range demoPeople {
		if err := company.AddEmployee(employee); err != nil {
			return err
		}
		desk.GiveMailbox(company, store, employee)
	}
	for _, employee := range demoJoiners {
		if err := company.AddEmployee(employee); err != nil {
			return err
		}
	}
	return nil
}

// googleScopes are what the demo's administrator granted the service account: each
// scope that a client may ask for.
var googleScopes = []string{
	"https://www.googleapis.com/auth/calendar.events.owned", "https://www.googleapis.com/auth/calendar.events",
	"https://www.googleapis.com/auth/calendar", "https://www.googleapis.com/auth/gmail.settings.basic",
}

// serviceAccount makes the Google account, or reads it from the key file in cfg.
func serviceAccount(cfg *Config) (account google.ServiceAccount, err error) {
	if cfg.GoogleKeyJSON == nil {
		cfg.GoogleKeyJSON, account, err = google.GenerateKeyFile(demoServiceAccount, demoServiceAccountClient,
			cfg.BaseURL+"/google/token")
	} else {
		account, err = readKeyFile(cfg.GoogleKeyJSON)
	}
	if err != nil {
		return account, fmt.Errorf("sandbox: Google key: %w", err)
	}
	account.Scopes = googleScopes
	return account, nil
}

func readKeyFile(text []byte) (google.ServiceAccount, error) {
	var file struct {
		PrivateKeyID string `json:"private_key_id"`
		PrivateKey   string `json:"private_key"`
		ClientEmail  string `json:"client_email"`
		ClientID     string `json:"client_id"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return google.ServiceAccount{}, errors.New("the key file is not JSON")
	}
	block, _ := pem.Decode([]byte(file.PrivateKey))
	if block == nil {
		return google.ServiceAccount{}, errors.New("the key file holds no private key")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := key.(*rsa.PrivateKey)
	if err != nil || !ok {
		return google.ServiceAccount{}, errors.New("the key file's private key is not an RSA key")
	}
	return google.ServiceAccount{
		Email: file.ClientEmail, ClientID: file.ClientID, KeyID: file.PrivateKeyID, PublicKey: &private.PublicKey,
	}, nil
}
