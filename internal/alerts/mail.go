package alerts

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	stdmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/figgosync/figgosync/internal/settings"
)

// ErrNoMail is returned for a message by e-mail where there is no mail server.
var ErrNoMail = errors.New("no mail server is configured: set FIGGOSYNC_SMTP_URL")

// ErrSMTPURL is returned, wrapped, for the address of a mail server that is none. Its
// text repeats nothing of the address, which may hold a password.
var ErrSMTPURL = errors.New("write smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465, and ?from=ADDRESS")

// Mailer sends e-mail through one server.
type Mailer struct {
	host, from string
	options    []mail.Option
}

const mailTime = 30 * time.Second

// NewMailer reads the address of a mail server: "smtps://" encrypts from the beginning
// (port 465), "smtp://" demands STARTTLS (port 587) unless the query says tls=none.
// The query's from is the sender; otherwise it is the user, where that is an e-mail
// address, or figgosync@ the host of publicURL. tlsConfig is the system's when nil. ""
// is no mail server, and no Mailer.
func NewMailer(address, publicURL string, tlsConfig *tls.Config) (*Mailer, error) {
	if address == "" {
		return nil, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" ||
		strings.Trim(u.Path, "/") != "" {
		return nil, ErrSMTPURL
	}
	query := u.Query()
	m := &Mailer{host: u.Hostname(), from: cmp.Or(query.Get("from"), sender(u, publicURL))}
	if _, err := stdmail.ParseAddress(m.from); err != nil {
		return nil, fmt.Errorf("%w: from is no e-mail address", ErrSMTPURL)
	}
	m.options = []mail.Option{mail.WithTimeout(mailTime), mail.WithoutNoop()}
	if tlsConfig != nil {
		config := tlsConfig.Clone()
		config.ServerName, config.MinVersion = m.host, tls.VersionTLS12
		m.options = append(m.options, mail.WithTLSConfig(config))
	}
	port := 587
	switch plain := query.Get("tls"); {
	case u.Scheme == "smtps" && plain == "":
		port = 465
		m.options = append(m.options, mail.WithSSL())
	case plain == "none" && u.Scheme == "smtp":
		m.options = append(m.options, mail.WithTLSPolicy(mail.NoTLS))
	case plain == "":
		m.options = append(m.options, mail.WithTLSPolicy(mail.TLSMandatory))
	default:
		return nil, fmt.Errorf("%w: tls can be none, with smtp://", ErrSMTPURL)
	}
	if text := u.Port(); text != "" {
		if port, err = strconv.Atoi(text); err != nil {
			return nil, ErrSMTPURL
		}
	}
	m.options = append(m.options, mail.WithPort(port))
	if password, has := u.User.Password(); has {
		auth := mail.SMTPAuthAutoDiscover
		if query.Get("tls") == "none" {
			auth = mail.SMTPAuthPlainNoEnc
		}
		m.options = append(m.options, mail.WithSMTPAuth(auth), mail.WithUsername(u.User.Username()),
			mail.WithPassword(password))
	}
	return m, nil
}

func sender(u *url.URL, publicURL string) string {
	if user := u.User.Username(); strings.Contains(user, "@") {
		return user
	}
	host := "localhost"
	if at, err := url.Parse(publicURL); err == nil && at.Hostname() != "" {
		host = at.Hostname()
	}
	return "figgosync@" + host
}

// send sends a notice by e-mail.
func (m *Mailer) send(ctx context.Context, r settings.Recipient, n Notice) error {
	if m == nil {
		return ErrNoMail
	}
	message := mail.NewMsg()
	if err := message.FromFormat("figgosync", m.from); err != nil {
		return fmt.Errorf("alerts: the sender: %w", err)
	}
	if err := message.To(r.Email); err != nil {
		return errors.New("the recipient's e-mail address cannot be read")
	}
	message.Subject("[figgosync] " + n.Subject)
	message.SetDateWithValue(n.At)
	message.SetMessageIDWithValue(n.ID + "@" + m.from[strings.LastIndex(m.from, "@")+1:])
	// Mail programs that answer by themselves leave it alone (RFC 3834, 5).
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.SetGenHeader("Content-Language", r.Language)
	text := n.Text
	if n.URL != "" {
		text += "\n\n" + n.URL
	}
	message.SetBodyString(mail.TypeTextPlain, text+"\n")
	client, err := mail.NewClient(m.host, m.options...)
	if err != nil {
		return fmt.Errorf("alerts: the mail server: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, message); err != nil {
		return fmt.Errorf("the mail server did not take it: %w", err)
	}
	return nil
}
