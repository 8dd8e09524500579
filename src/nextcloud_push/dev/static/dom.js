// Small helpers. Text from outside only ever becomes text, never markup.

export const byId = (id) => document.getElementById(id);

/** An element with attributes and children; strings become text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children);
  return made;
}

const MAX_LINES = 500;

const two = (number) => String(number).padStart(2, '0');

function clock(date) {
  const seconds = (date.getSeconds() + date.getMilliseconds() / 1000).toFixed(3).padStart(6, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${seconds}`;
}

/** Append a line to a log and keep it in sight, unless the reader has scrolled back. */
export function logLine(list, kind, what, detail = '', date = new Date()) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  list.append(element('li', { class: kind },
    element('time', { datetime: date.toISOString() }, clock(date)),
    element('span', { class: 'what' }, what),
    element('span', { class: 'detail' }, detail)));
  while (list.childElementCount > MAX_LINES) list.firstElementChild.remove();
  if (atEnd) list.scrollTop = list.scrollHeight;
}

/** Show a sentence above everything; an empty one hides it. */
export function say(text, isError = false) {
  const note = byId('message');
  note.textContent = text;
  note.hidden = !text;
  note.classList.toggle('error', isError);
}

export const basic = (user, password) =>
  'Basic ' + btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)));

/** Ask developer mode's own interface. */
export async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, options);
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.message ?? `answered ${answer.status}`);
  return data;
}
