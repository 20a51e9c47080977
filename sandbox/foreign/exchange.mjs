// A client that is not ours: the npm package ews-javascript-api, with the package
// @ewsjs/xhr it brings for NTLM. It works on a mailbox by impersonation: creates
// events, finds them by an extended property, updates, pages and deletes, and prints
// what it saw as one JSON object.
//
// Arguments: the package's directory, and JSON with username, password, url, mailbox
// and nobody.
import {createRequire} from 'node:module';
import {join} from 'node:path';

const [directory, argument] = process.argv.slice(2);
const given = JSON.parse(argument);
const require = createRequire(join(directory, 'index.js'));
const ews = require('ews-javascript-api');
const {XhrApi} = require('@ewsjs/xhr');

const key = new ews.ExtendedPropertyDefinition(new ews.Guid('66f5a359-4659-4830-9070-00047ec6ac6e'), 'LeaveKey', ews.MapiPropertyType.String);

function serviceFor(mailbox, version = ews.ExchangeVersion.Exchange2010_SP2) {
  const service = new ews.ExchangeService(version);
  service.XHRApi = new XhrApi().useNtlmAuthentication(given.username, given.password);
  service.Credentials = new ews.WebCredentials(given.username, given.password);
  service.Url = new ews.Uri(given.url);
  service.ImpersonatedUserId = new ews.ImpersonatedUserId(ews.ConnectingIdType.SmtpAddress, mailbox);
  service.HttpHeaders.Add('X-AnchorMailbox', mailbox);
  return service;
}

// refused is the error of a call, null for none.
const refused = call => call().then(() => null, error => error);
// code is the code of an item's error or of a SOAP fault.
const code = error => ews.ServiceError[error?.ErrorCode || error?.ResponseCode || error?.responseCode];

const at = (day, hour) => ews.DateTime.Parse(`2026-12-${day}T${String(hour).padStart(2, '0')}:00:00Z`);
async function create(service, subject, day, value) {
  const event = new ews.Appointment(service);
  event.Subject = subject;
  event.Start = at(day, 8);
  event.End = at(day, 10);
  event.IsReminderSet = false;
  event.LegacyFreeBusyStatus = ews.LegacyFreeBusyStatus.OOF;
  event.SetExtendedProperty(key, value);
  await event.Save(ews.SendInvitationsMode.SendToNone);
  return event;
}

const service = serviceFor(given.mailbox);
const calendar = await ews.CalendarFolder.Bind(service, new ews.FolderId(ews.WellKnownFolderName.Calendar));
const saw = {calendar: [calendar.DisplayName, calendar.FolderClass]};
const properties = new ews.PropertySet(ews.BasePropertySet.FirstClassProperties, [key]);
async function find(value, view = new ews.ItemView(100)) {
  view.PropertySet = properties;
  return service.FindItems(calendar.Id, new ews.SearchFilter.IsEqualTo(key, value), view);
}

const made = await create(service, 'Absent', 14, 'first');
const found = (await find('first')).Items;
const propertyOf = item => {
  const out = {};
  return item.TryGetProperty(key, out) ? Object.values(out)[0] : null;
};
saw.found = found.map(item => ({
  same: item.Id.UniqueId === made.Id.UniqueId, subject: item.Subject, start: item.Start.ToISOString(), end: item.End.ToISOString(),
  showAs: ews.LegacyFreeBusyStatus[item.LegacyFreeBusyStatus], key: propertyOf(item), reminder: item.IsReminderSet,
}));

const event = await ews.Appointment.Bind(service, made.Id, properties);
event.Subject = 'Away';
event.Start = at(15, 8);
event.End = at(15, 10);
await event.Update(ews.ConflictResolutionMode.AlwaysOverwrite, ews.SendInvitationsOrCancellationsMode.SendToNone);
const read = await ews.Appointment.Bind(service, made.Id, properties);
saw.updated = [read.Subject, read.Start.ToISOString(), propertyOf(read)];

for (const day of [21, 22, 23, 24, 25]) await create(service, `More ${day}`, day, 'more');
saw.pages = [];
let offset = 0, page;
do {
  const view = new ews.ItemView(2, offset);
  view.OrderBy.Add(ews.AppointmentSchema.Start, ews.SortDirection.Descending);
  page = await find('more', view);
  saw.pages.push(page.Items.map(item => item.Subject).join());
  offset = page.NextPageOffset;
} while (page.MoreAvailable);
saw.total = page.TotalCount;

const window = new ews.CalendarView(at(22, 0), at(24, 0));
saw.view = (await service.FindAppointments(calendar.Id, window)).Items.map(item => item.Subject);

await read.Delete(ews.DeleteMode.MoveToDeletedItems, ews.SendCancellationsMode.SendToNone);
saw.left = (await find('first')).TotalCount;
saw.deletedTwice = code(await refused(() => read.Delete(ews.DeleteMode.MoveToDeletedItems, ews.SendCancellationsMode.SendToNone)));
saw.nobody = code(await refused(() => ews.CalendarFolder.Bind(serviceFor(given.nobody), new ews.FolderId(ews.WellKnownFolderName.Calendar))));
saw.notImitated = (await refused(() => service.FindFolders(ews.WellKnownFolderName.MsgFolderRoot, new ews.FolderView(10))))?.message;

console.log(JSON.stringify(saw));
