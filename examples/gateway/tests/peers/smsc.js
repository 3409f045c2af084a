// An SMSC made of npm's smpp, on 127.0.0.1; the port is the argument, 0 takes a free one.
//
// It writes a line for what happens: `listening PORT`, `bound KIND`, `part N of M`, `took TO FROM TEXT` once a message is
// whole, `answered STATUS` for what it sent. It reads a line for a message from a handset: `mo FROM TO TEXT`. Its ids are in
// hexadecimal in submit_sm_resp and in decimal in receipts, as those of many SMSCs.

const readline = require('node:readline');
const smpp = require('smpp');

const RECEIPT_DELAY = 300;
const CONCATENATED = 0x00;
const UDHI = 0x40;
const RECEIPT = 0x04;
const UCS2 = 8;
// What one part takes beside its header.
const PART = { gsm: 153, ucs2: 67 };

const say = (line) => process.stdout.write(`${line}\n`);
// 0x1a0, so that an id has letters in hexadecimal.
let ids = 416;
let references = 0;
let receiver = null;
// Parts by who, to whom and under which reference.
const open = new Map();

function receiptOf(pdu, id) {
  const now = new Date().toISOString().replace(/[-T:]/g, '').slice(2, 12);
  const quoted = 'quoted';
  return {
    source_addr_ton: pdu.dest_addr_ton,
    source_addr_npi: pdu.dest_addr_npi,
    source_addr: pdu.destination_addr,
    dest_addr_ton: pdu.source_addr_ton,
    dest_addr_npi: pdu.source_addr_npi,
    destination_addr: pdu.source_addr,
    esm_class: RECEIPT,
    short_message: `id:${String(id).padStart(10, '0')} sub:001 dlvrd:001 submit date:${now} done date:${now} stat:DELIVRD err:000 text:${quoted}`,
  };
}

// The text, once all of its parts are here.
function collect(pdu) {
  const { message, udh } = pdu.short_message;
  const header = (udh || []).find((element) => element[0] === CONCATENATED);
  if (!header) return pdu.message_payload ? pdu.message_payload.message : message;
  const [reference, total, number] = [header[2], header[3], header[4]];
  say(`part ${number} of ${total}`);
  const key = `${pdu.source_addr} ${pdu.destination_addr} ${reference}`;
  const parts = open.get(key) || new Map();
  parts.set(number, message);
  open.set(key, parts);
  if (parts.size < total) return null;
  open.delete(key);
  return [...parts.keys()].sort((a, b) => a - b).map((part) => parts.get(part)).join('');
}

function take(session, pdu) {
  const id = ids;
  ids += 1;
  session.send(pdu.response({ message_id: id.toString(16).toUpperCase() }));
  const text = collect(pdu);
  if (text !== null) say(`took ${pdu.destination_addr} ${pdu.source_addr} ${text}`);
  if (pdu.registered_delivery & 1) {
    setTimeout(() => send(receiptOf(pdu, id)), RECEIPT_DELAY);
  }
}

function send(fields) {
  if (!receiver) return say('nobody is bound to receive');
  return receiver.deliver_sm(fields, (pdu) => say(`answered ${pdu.command_status}`));
}

function originate(line) {
  const [, from, to, text] = /^mo (\S+) (\S+) (.*)$/.exec(line);
  // eslint-disable-next-line no-control-regex
  const isGsm = /^[\n -~]*$/.test(text);
  const fields = {
    source_addr_ton: 1,
    source_addr_npi: 1,
    source_addr: from,
    destination_addr: to,
    data_coding: isGsm ? 0 : UCS2,
  };
  const size = isGsm ? PART.gsm : PART.ucs2;
  const total = Math.ceil(text.length / size);
  if (total === 1) return send({ ...fields, short_message: text });
  references = (references + 1) % 256;
  for (let number = 1; number <= total; number += 1) {
    const udh = Buffer.from([5, CONCATENATED, 3, references, total, number]);
    const message = text.slice((number - 1) * size, number * size);
    send({ ...fields, esm_class: UDHI, short_message: { udh, message } });
  }
}

const server = smpp.createServer((session) => {
  session.on('error', () => session.close());
  session.on('close', () => { if (receiver === session) receiver = null; });
  for (const kind of ['transmitter', 'receiver', 'transceiver']) {
    session.on(`bind_${kind}`, (pdu) => {
      const known = pdu.system_id === 'gateway' && pdu.password === 'secret';
      session.send(pdu.response(known ? { system_id: 'npm' } : { command_status: smpp.ESME_RINVPASWD }));
      if (known && kind !== 'transmitter') receiver = session;
      if (known) say(`bound ${kind}`);
    });
  }
  session.on('submit_sm', (pdu) => take(session, pdu));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
});

server.listen(Number(process.argv[2]), '127.0.0.1', () => say(`listening ${server.address().port}`));
readline.createInterface({ input: process.stdin }).on('line', originate);
