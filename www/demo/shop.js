'use strict';

// The demo shop's own behaviour: a basket that lives on this device, the letter form, and the language a visitor chose.
(() => {
  const zh = document.documentElement.lang.startsWith('zh');
  const words = zh
    ? { added: (name) => `已加入购物车：${name}`, remove: '移除', letter: '演示店铺：没有发送任何内容。', money: (n) => `¥${n}`,
      signIn: '登录', signOut: '退出登录', signedIn: '已登录为演示顾客。', signedOut: '已退出登录，聊天记录已从此浏览器清除。',
      onItsWay: (n, place) => `订单 ${n} 已到达${place}，预计明天送达。`, places: ['杭州', '上海', '苏州'],
      atHome: (n) => `订单 ${n} 正在船屋打包，今天寄出。`, more: ['怎么退货', '可以改收货地址吗'] }
    : { added: (name) => `Added to your basket: ${name}`, remove: 'Remove', letter: 'A demo shop: nothing was sent.', money: (n) => `€${n}`,
      signIn: 'Sign in', signOut: 'Sign out', signedIn: 'Signed in as the demo customer.', signedOut: 'Signed out; the chat is gone from this browser.',
      onItsWay: (n, place) => `Order ${n} has reached ${place} and should be with you tomorrow.`, places: ['Utrecht', 'Ghent', 'Cologne'],
      atHome: (n) => `Order ${n} is being packed in the boathouse and leaves today.`, more: ['How do I send something back?', 'Can I change the delivery address?'] };

  const read = (key) => {
    try { return localStorage.getItem(key); } catch { return null; }
  };
  const write = (key, value) => {
    try { localStorage.setItem(key, value); } catch { /* storage is switched off: the page works without it */ }
  };

  // Answers link to /#returns and the like. Somebody who reads Chinese should land on the Chinese page.
  if (!zh && location.hash && read('shop-lang') === 'zh') {
    location.replace(`zh.html${location.hash}`);
    return;
  }

  const $ = (selector) => document.querySelector(selector);
  // Kept from the moment a visitor chooses, not before: looking at a page stores nothing.
  document.querySelectorAll('.langs a').forEach((link) => {
    link.addEventListener('click', () => write('shop-lang', link.lang.startsWith('zh') ? 'zh' : 'en'));
  });

  const cards = new Map([...document.querySelectorAll('.card')].map((card) => [card.dataset.id, {
    name: card.querySelector('h3').textContent,
    price: Number(card.dataset.price),
    button: card.querySelector('.add'),
  }]));

  const load = () => {
    try {
      const stored = JSON.parse(read('shop-basket') || '{}');
      return new Map(Object.entries(stored).filter(([id, n]) => cards.has(id) && Number.isInteger(n) && n > 0));
    } catch { return new Map(); }
  };
  const basket = load();
  const drawer = $('.drawer');
  const lines = $('.lines');
  const total = $('.total');

  const draw = () => {
    let pieces = 0;
    let sum = 0;
    lines.replaceChildren(...[...basket].map(([id, n]) => {
      const { name, price } = cards.get(id);
      pieces += n;
      sum += n * price;
      const line = document.createElement('li');
      const label = document.createElement('span');
      label.textContent = n > 1 ? `${name} × ${n}` : name;
      const cost = document.createElement('span');
      cost.textContent = words.money(n * price);
      const remove = document.createElement('button');
      remove.type = 'button';
      remove.className = 'remove';
      remove.textContent = words.remove;
      remove.setAttribute('aria-label', `${words.remove} ${name}`);
      remove.addEventListener('click', () => {
        basket.delete(id);
        save();
        $('.close').focus();
      });
      line.append(label, cost, remove);
      return line;
    }));
    $('.count').textContent = String(pieces);
    $('.empty').hidden = pieces > 0;
    total.hidden = pieces === 0;
    total.querySelector('strong').textContent = words.money(sum);
  };
  const save = () => {
    write('shop-basket', JSON.stringify(Object.fromEntries(basket)));
    const pieces = [...basket.values()].reduce((sum, n) => sum + n, 0);
    window.frontdesk('setAttributes', { basket_pieces: pieces || null });
    draw();
  };

  let fade = 0;
  const say = (text) => {
    const toast = $('.toast');
    toast.textContent = text;
    toast.classList.add('shown');
    clearTimeout(fade);
    fade = setTimeout(() => toast.classList.remove('shown'), 2600);
  };

  for (const [id, { name, button }] of cards) {
    button.hidden = false;
    button.addEventListener('click', () => {
      basket.set(id, (basket.get(id) || 0) + 1);
      save();
      say(words.added(name));
    });
  }

  const open = $('.basket');
  open.hidden = false;
  open.addEventListener('click', () => drawer.showModal());
  $('.close').addEventListener('click', () => drawer.close());
  drawer.addEventListener('click', (event) => {
    if (event.target === drawer) drawer.close();
  });

  const letter = $('.letter');
  letter.hidden = false;
  letter.addEventListener('submit', (event) => {
    event.preventDefault();
    letter.reset();
    say(words.letter);
  });

  // The chat may come later than this file: until then its calls wait in a queue.
  window.frontdesk = window.frontdesk || Object.assign((...call) => { window.frontdesk.q.push(call); }, { q: [] });

  // Runs in this page when somebody asks for their parcel; a real shop would ask its own server.
  window.frontdesk('action', 'track_order', async ({ order_number: number }) => {
    const last = Number((number.match(/\d/g) || ['0']).at(-1));
    const place = words.places[last % 4];
    return { text: place ? words.onItsWay(number, place) : words.atHome(number), choices: words.more };
  });

  // Who is signed in: the demo's server makes the hash, as a real shop's server would.
  const account = $('.account');
  let signedIn = read('shop-account') === 'yes';
  const drawAccount = () => {
    account.textContent = signedIn ? words.signOut : words.signIn;
    account.setAttribute('aria-pressed', signedIn);
  };
  const identify = async () => {
    const answer = await fetch('account.json');
    if (answer.ok) window.frontdesk('identify', await answer.json());
  };
  account.hidden = false;
  drawAccount();
  if (signedIn) identify();
  account.addEventListener('click', () => {
    signedIn = !signedIn;
    drawAccount();
    if (signedIn) {
      write('shop-account', 'yes');
      identify();
      say(words.signedIn);
    } else {
      try { localStorage.removeItem('shop-account'); } catch { /* nothing was kept */ }
      window.frontdesk('reset');
      say(words.signedOut);
    }
  });

  for (const link of document.querySelectorAll('[data-lang]')) {
    link.addEventListener('click', () => write('shop-lang', link.dataset.lang));
  }
  draw();
})();
