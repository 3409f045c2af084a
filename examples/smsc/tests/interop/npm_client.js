// npm's smpp against an SMSC on 127.0.0.1; the port is the argument.

const assert = require('node:assert');
const smpp = require('smpp');

const port = Number(process.argv[2]);

// Nothing here takes long: what hangs is a failure.
setTimeout(() => {
  console.error('smpp: not done after 20 s');
  process.exit(1);
}, 20_000).unref();

class Esme {
  static async bind(kind) {
    const esme = new Esme();
    esme.asked = 0;
    esme.waiting = new Map();
    esme.session = smpp.connect({ url: `smpp://127.0.0.1:${port}` });
    esme.session.on('error', (error) => { throw error; });
    esme.session.on('enquire_link', (pdu) => {
      esme.asked += 1;
      esme.session.send(pdu.response());
      esme.arrived('enquire_link', pdu);
    });
    esme.session.on('deliver_sm', (pdu) => {
      esme.session.send(pdu.response());
      esme.arrived('deliver_sm', pdu);
    });
    await new Promise((resolve) => esme.session.on('connect', resolve));
    const response = await esme.ask(`bind_${kind}`, { system_id: 'esme1', password: 'secret' });
    assert.strictEqual(response.system_id, 'wirepath');
    return esme;
  }

  ask(command, fields = {}) {
    return new Promise((resolve, reject) => {
      this.session[command](fields, (pdu) => {
        if (pdu.command_status === 0) resolve(pdu);
        else reject(new Error(`${command}: status ${pdu.command_status}`));
      });
    });
  }

  arrived(command, pdu) {
    const wait = this.waiting.get(command);
    this.waiting.delete(command);
    if (wait) wait(pdu);
  }

  next(command) {
    return new Promise((resolve) => this.waiting.set(command, resolve));
  }

  async submit() {
    const response = await this.ask('submit_sm', {
      source_addr_ton: 5,
      source_addr: 'wirepath',
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr: '31612345678',
      short_message: 'hello from npm',
      registered_delivery: 1,
    });
    return response.message_id;
  }

  async unbind() {
    await this.ask('unbind');
    await new Promise((resolve) => this.session.on('close', resolve));
  }
}

function checkReceipt(pdu, messageId) {
  assert.strictEqual(pdu.esm_class, 4);
  assert.strictEqual(pdu.receipted_message_id, messageId);
  assert.strictEqual(pdu.message_state, 2);
  assert.ok(pdu.short_message.message.startsWith(`id:${messageId} sub:001 dlvrd:001 `));
  assert.strictEqual(pdu.source_addr, '31612345678');
  assert.strictEqual(pdu.destination_addr, 'wirepath');
}

async function main() {
  const both = await Esme.bind('transceiver');
  const receipt = both.next('deliver_sm');
  const id = await both.submit();
  checkReceipt(await receipt, id);
  await both.ask('enquire_link');
  await both.next('enquire_link');
  await both.next('enquire_link');
  assert.ok(both.asked >= 2);
  await both.unbind();

  const sender = await Esme.bind('transmitter');
  const receiver = await Esme.bind('receiver');
  const other = receiver.next('deliver_sm');
  const otherId = await sender.submit();
  checkReceipt(await other, otherId);
  for (const esme of [sender, receiver]) {
    const asked = esme.next('enquire_link');
    await esme.ask('enquire_link');
    await asked;
  }
  await sender.unbind();
  await receiver.unbind();
}

main().then(() => console.log('smpp: well'), (error) => {
  console.error(error);
  process.exit(1);
});
