// A client that is not ours: the npm package googleapis. It signs in to the sandbox
// with a service account's key file, creates an event, finds it by a private extended
// property, updates, patches, pages and deletes, and prints what it saw as one JSON
// object.
//
// Arguments: the package's directory, and JSON with key (the key file), subject,
// tokenUrl and calendarUrl.
import {createRequire} from 'node:module';
import {join} from 'node:path';

const [directory, argument] = process.argv.slice(2);
const {google} = createRequire(join(directory, 'index.js'))('googleapis');
const {key, subject, tokenUrl, calendarUrl} = JSON.parse(argument);
const saw = {assertionHeaders: []};

// The library knows Google's own addresses only: its requests are sent to the
// sandbox as they are.
const addresses = [
  ['https://oauth2.googleapis.com/token', tokenUrl],
  ['https://www.googleapis.com/calendar/v3/', calendarUrl],
];
function toSandbox(url, options) {
  const address = String(url);
  const [from, to] = addresses.find(([prefix]) => address.startsWith(prefix)) ?? [];
  if (!from) throw new Error(`a request to ${address}`);
  if (to === tokenUrl) {
    const assertion = new URLSearchParams(String(options.body)).get('assertion');
    saw.assertionHeaders.push(JSON.parse(Buffer.from(assertion.split('.')[0], 'base64url')));
  }
  return fetch(to + address.slice(from.length), options);
}

function clientOf(person) {
  const auth = new google.auth.JWT({
    email: key.client_email, key: key.private_key, subject: person, additionalClaims: {aud: tokenUrl},
    scopes: ['https://www.googleapis.com/auth/calendar.events.owned'],
    transporterOptions: {fetchImplementation: toSandbox, retryConfig: {retry: 0}},
  });
  return google.calendar({version: 'v3', auth, retry: false});
}

// failure is what a call is refused with.
async function failure(call) {
  try {
    await call;
  } catch (error) {
    const body = error.response?.data?.error;
    return {status: error.response?.status ?? String(error), reason: body?.errors?.[0]?.reason ?? body, domain: body?.errors?.[0]?.domain};
  }
  return 'none';
}

const {events} = clientOf(subject);
const calendarId = 'primary';
const marked = number => ({private: {foreign: 'googleapis', number}});
const day = date => ({start: {date: `2026-12-${date}`}, end: {date: `2026-12-${date + 1}`}});
const shown = ({summary, description, location, start, end, status, extendedProperties}) =>
  ({summary, description, location, start, end, status, properties: extendedProperties?.private});

const {data: made} = await events.insert({
  calendarId, sendUpdates: 'none',
  requestBody: {summary: 'Absent', location: 'Brest', reminders: {useDefault: false}, extendedProperties: marked('1'), ...day(14)},
});
saw.inserted = {...shown(made), reminders: made.reminders, kind: made.kind};

const find = () => events.list({calendarId, privateExtendedProperty: ['foreign=googleapis']});
saw.found = (await find()).data.items.map(event => event.id === made.id);

const {data: updated} = await events.update({calendarId, eventId: made.id, requestBody: {...made, summary: 'Away', ...day(15)}});
saw.updated = shown(updated);

const {data: patched} = await events.patch({
  calendarId, eventId: made.id,
  requestBody: {
    description: 'Notes', location: null, extendedProperties: {private: {more: 'kept'}},
    start: {date: null, dateTime: '2026-12-15T09:00:00', timeZone: 'Indian/Reunion'},
    end: {date: null, dateTime: '2026-12-15T12:00:00', timeZone: 'Indian/Reunion'},
  },
});
saw.patched = shown(patched);

for (const number of ['2', '3', '4', '5']) {
  await events.insert({calendarId, requestBody: {summary: 'Absent', extendedProperties: marked(number), ...day(20)}});
}
saw.pages = [];
let pageToken;
do {
  const {data} = await events.list({calendarId, privateExtendedProperty: ['foreign=googleapis'], maxResults: 2, pageToken});
  saw.pages.push(data.items.map(event => event.extendedProperties.private.number).join());
  pageToken = data.nextPageToken;
} while (pageToken);

saw.deleted = (await events.delete({calendarId, eventId: made.id})).status;
saw.tombstone = (await events.get({calendarId, eventId: made.id})).data.status;
saw.left = (await find()).data.items.length;
saw.deletedTwice = await failure(events.delete({calendarId, eventId: made.id}));
saw.emptyRange = await failure(events.list({calendarId, timeMin: '2026-12-02T00:00:00Z', timeMax: '2026-12-01T00:00:00Z'}));
saw.syncToken = await failure(events.list({calendarId, syncToken: 'x'}));
saw.unknownPerson = await failure(clientOf('nobody@example.com').events.list({calendarId}));

console.log(JSON.stringify(saw));
