// The page of developer mode: forms that make things happen, and the clients that hear of them.

import { ACTIONS, curl, perform } from './actions.js';
import { ask, byId, element, logLine, say } from './dom.js';
import { Listener } from './listener.js';

const POLL = 700; // milliseconds between looks at what was published
let current = ACTIONS[0];
const entered = {}; // what was typed, by action and field, so that a tab finds it again

// Tabs: arrow keys move between them, as in every tab list.

function makeTabs() {
  for (const action of ACTIONS) {
    const tab = element('button',
      { type: 'button', role: 'tab', id: `tab-${action.id}`, 'aria-controls': 'action' },
      action.title);
    tab.addEventListener('click', () => select(action));
    byId('tabs').append(tab);
  }
  byId('tabs').addEventListener('keydown', (event) => {
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    const count = ACTIONS.length;
    let index = ACTIONS.indexOf(current);
    if (event.key in steps) index = (index + steps[event.key] + count) % count;
    else if (event.key === 'Home') index = 0;
    else if (event.key === 'End') index = count - 1;
    else return;
    event.preventDefault();
    select(ACTIONS[index]);
    byId(`tab-${current.id}`).focus();
  });
}

function select(action) {
  current = action;
  for (const { id } of ACTIONS) {
    const tab = byId(`tab-${id}`);
    tab.setAttribute('aria-selected', String(id === action.id));
    tab.tabIndex = id === action.id ? 0 : -1;
  }
  byId('action').setAttribute('aria-labelledby', `tab-${action.id}`);
  byId('fields').replaceChildren(...action.fields.map(makeField));
  byId('fire').textContent = action.button;
  outcome('');
  showCurl();
}

function makeField(field) {
  const value = entered[current.id]?.[field.name] ?? field.value ?? field.options[0][0];
  let input;
  if (field.options) {
    input = element('select', { name: field.name },
      ...field.options.map(([key, text]) => element('option', { value: key }, text)));
  } else if (field.rows) {
    input = element('textarea', { name: field.name, rows: field.rows, spellcheck: 'false' });
  } else {
    input = element('input', { name: field.name, list: field.list, required: true, autocomplete: 'off' });
  }
  input.value = value;
  return element('label', { class: field.wide && 'wide' }, field.label, input);
}

function values() {
  const typed = Object.fromEntries(new FormData(byId('action')));
  entered[current.id] = typed;
  return typed;
}

function outcome(text, isError = false) {
  byId('outcome').textContent = text;
  byId('outcome').classList.toggle('error', isError);
}

/** The request of what is typed; null while it makes no sense, which the page then says. */
function request() {
  const typed = values();
  const input = byId('action').querySelector('textarea');
  const isJson = current.fields.some((field) => field.json);
  try {
    const made = current.request(typed);
    if (isJson) input.removeAttribute('aria-invalid');
    input?.classList.remove('invalid');
    return made;
  } catch (error) {
    input?.classList.add('invalid');
    input?.setAttribute('aria-invalid', 'true');
    outcome(`no JSON: ${error.message}`, true);
    return null;
  }
}

function showCurl() {
  const made = request();
  byId('curl').textContent = made ? curl(made) : '';
  byId('fire').disabled = byId('copy').disabled = !made;
}

async function fire(event) {
  event.preventDefault();
  const made = request();
  if (!made) return;
  try {
    outcome(`done (${await perform(made)})`);
  } catch (error) {
    outcome(error.message, true);
  }
  look();
}

async function copy() {
  try {
    await navigator.clipboard.writeText(byId('curl').textContent);
    outcome('copied');
  } catch {
    // Pages that are neither local nor served by TLS have no clipboard: select it instead.
    getSelection().selectAllChildren(byId('curl'));
    outcome('press Ctrl+C to copy');
  }
}

// What Nextcloud published, and whether the push server is there.

let seen = 0;
let looking = false;

async function look() {
  if (looking) return;
  looking = true;
  try {
    const published = await ask(`/dev/published?after=${seen}`);
    for (const { number, time, channel, payload } of published) {
      seen = number;
      logLine(byId('published'), channel, channel, payload, new Date(time * 1000));
    }
    const state = await ask('/dev/state');
    const up = state.up !== false;
    byId('server').className = up ? 'up' : 'down';
    const where = state.push ? ` at ${state.push}` : '';
    byId('server-text').textContent = `push server ${up ? 'up' : 'down'}${where}`;
    if (state.published < seen) seen = 0; // developer mode was started anew
    names('users', state.users);
    names('groups', Object.keys(state.groups));
  } catch {
    byId('server').className = 'down';
    byId('server-text').textContent = 'developer mode does not answer';
  } finally {
    looking = false;
  }
}

function names(id, list) {
  let data = byId(id);
  if (!data) document.body.append(data = element('datalist', { id }));
  if (data.childElementCount !== list.length) {
    data.replaceChildren(...list.map((value) => element('option', { value })));
  }
}

// The server's ups and downs.

async function control(path, body, done) {
  try {
    say(done(await ask(path, body)));
  } catch (error) {
    say(error.message, true);
  }
  look();
}

function selfTestReport(steps) {
  const lines = steps.map(({ name, ok, detail }) => `${ok ? '✓' : '✗'} ${name}${detail && `: ${detail}`}`);
  return ['Self-test: the push server', ...lines].join('\n');
}

function listen(event) {
  event.preventDefault();
  const { user, password, ids } = event.target.elements;
  new Listener({ user: user.value, password: password.value || user.value, ids: ids.checked });
}

makeTabs();
select(current);
byId('action').addEventListener('submit', fire);
byId('action').addEventListener('input', () => { outcome(''); showCurl(); });
byId('copy').addEventListener('click', copy);
byId('clear-published').addEventListener('click', () => byId('published').replaceChildren());
byId('login').addEventListener('submit', listen);
byId('reset').addEventListener('click', () =>
  control('/dev/reset', {}, () => 'Every connection was reset.'));
byId('down').addEventListener('submit', (event) => {
  event.preventDefault();
  const seconds = Number(event.target.elements.seconds.value);
  control('/dev/down', { seconds }, () => `Taken down; it comes up again ${seconds} s later.`);
});
byId('self-test').addEventListener('click', () => control('/dev/self-test', {}, selfTestReport));
for (const user of ['alice', 'bob']) new Listener({ user, password: user, ids: true });
look();
setInterval(look, POLL);
