// One client: exactly the steps of Nextcloud's documentation. Ask for the capabilities, open the
// WebSocket, send user and password, and see what comes.

import { ask, basic, byId, logLine } from './dom.js';

const KINDS = {
  notify_file: 'file',
  notify_file_id: 'file',
  notify_activity: 'activity',
  notify_notification: 'notification',
};
const WRONG_CREDENTIALS = 'err: Invalid credentials';
const FIRST_WAIT = 500, LONGEST_WAIT = 10_000; // milliseconds between attempts

export class Listener {
  constructor({ user, password, ids }) {
    Object.assign(this, { user, password, ids });
    this.attempts = 0;
    this.card = byId('listener').content.firstElementChild.cloneNode(true);
    this.heard = this.card.querySelector('.heard');
    this.raw = this.card.querySelector('.raw');
    this.card.querySelector('.user').textContent = user;
    this.heard.setAttribute('aria-label', `What ${user} hears`);
    this.raw.setAttribute('aria-label', `Frames of ${user}`);
    this.on('.drop', () => ask('/dev/drop', { user }).catch((e) => this.note(e.message)));
    this.on('.clear', () => { this.heard.replaceChildren(); this.raw.replaceChildren(); });
    this.on('.remove', () => this.remove());
    this.on('.frames', (event) => this.toggleFrames(event.currentTarget));
    byId('listeners').append(this.card);
    this.connect();
  }

  on(selector, handler) {
    this.card.querySelector(selector).addEventListener('click', handler);
  }

  async connect() {
    this.show('connecting…', '');
    let endpoint;
    try {
      endpoint = await this.discover();
    } catch (error) {
      this.note(error.message);
      this.retry();
      return;
    }
    if (this.gone) return;
    const socket = this.socket = new WebSocket(endpoint);
    socket.onopen = () => {
      this.frame('opened', endpoint);
      this.send(this.user);
      this.send(this.password, '(the password)');
      if (this.ids) this.send('listen notify_file_id');
    };
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = (event) => this.closed(event);
  }

  async discover() {
    const answer = await fetch('/ocs/v2.php/cloud/capabilities', {
      headers: {
        'Accept': 'application/json',
        'OCS-APIREQUEST': 'true',
        'Authorization': basic(this.user, this.password),
      },
      credentials: 'omit',
    });
    if (answer.status === 401) {
      this.refused = true;
      throw new Error('wrong credentials');
    }
    const push = (await answer.json()).ocs.data.capabilities.notify_push;
    if (!push) throw new Error('no push server is announced');
    return push.endpoints.websocket;
  }

  send(text, shown = text) {
    this.socket.send(text);
    this.frame('→', shown === '' ? '(empty)' : shown);
  }

  receive(text) {
    this.frame('←', text);
    if (text === 'authenticated') {
      this.attempts = 0;
      this.show('listening', 'up');
      this.note('authenticated');
    } else if (text.startsWith('err: ')) {
      this.refused = text === WRONG_CREDENTIALS;
      this.note(text);
    } else {
      const [type] = text.split(' ', 1);
      const kind = KINDS[type] ?? 'custom';
      logLine(this.heard, kind, type, text.slice(type.length + 1));
    }
  }

  closed(event) {
    const reason = `code ${event.code}${event.wasClean ? '' : ', without a close frame'}`;
    this.frame('closed', reason);
    if (this.gone) return;
    this.note(`closed: ${reason}`);
    this.retry();
  }

  retry() {
    if (this.gone) return;
    if (this.refused) {
      this.show('wrong credentials', 'down');
      return;
    }
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.attempts++);
    const spread = wait * (0.5 + Math.random() / 2);
    this.show(`reconnecting in ${(spread / 1000).toFixed(1)} s`, 'down');
    this.timer = setTimeout(() => this.connect(), spread);
  }

  remove() {
    this.gone = true;
    clearTimeout(this.timer);
    this.socket?.close(1000);
    this.card.remove();
    byId('login').elements.user.focus();
  }

  toggleFrames(button) {
    const raw = this.raw.hidden;
    this.raw.hidden = !raw;
    this.heard.hidden = raw;
    button.setAttribute('aria-pressed', String(raw));
  }

  show(state, condition) {
    this.card.querySelector('.state').textContent = state;
    this.card.classList.toggle('up', condition === 'up');
    this.card.classList.toggle('down', condition === 'down');
  }

  note(text) {
    logLine(this.heard, 'info', text);
  }

  frame(direction, text) {
    logLine(this.raw, direction === '←' ? '' : 'info', direction, text);
  }
}
