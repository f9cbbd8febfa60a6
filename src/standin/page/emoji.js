// Short names to characters. Slack shows an unknown name as it was typed, and so do we:
// `emoji()` answers undefined for it and the caller keeps the `:name:`.

const TABLE = `
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 wave 👋 clap 👏 pray 🙏 raised_hands 🙌 muscle 💪 ok_hand 👌 point_up ☝️
point_right 👉 point_left 👈 point_down 👇 point_up_2 👆 raised_hand ✋ hand ✋ handshake 🤝 writing_hand ✍️ crossed_fingers 🤞
v ✌️ fist ✊ facepunch 👊 salute 🫡 saluting_face 🫡 eyes 👀 brain 🧠 heart ❤️ broken_heart 💔 orange_heart 🧡 yellow_heart 💛
green_heart 💚 blue_heart 💙 purple_heart 💜 smile 😄 smiley 😃 grinning 😀 grin 😁 joy 😂 rolling_on_the_floor_laughing 🤣
laughing 😆 sweat_smile 😅 wink 😉 blush 😊 slightly_smiling_face 🙂 upside_down_face 🙃 heart_eyes 😍 sunglasses 😎 thinking_face 🤔
neutral_face 😐 expressionless 😑 no_mouth 😶 face_with_rolling_eyes 🙄 grimacing 😬 relieved 😌 sleeping 😴 zzz 💤 sob 😭 cry 😢
scream 😱 fearful 😨 cold_sweat 😰 disappointed 😞 confused 😕 worried 😟 angry 😠 rage 😡 exploding_head 🤯 partying_face 🥳
shrug 🤷 man-shrugging 🤷‍♂️ woman-shrugging 🤷‍♀️ facepalm 🤦 face_palm 🤦 skull 💀 ghost 👻 robot_face 🤖 alien 👽 clown_face 🤡
see_no_evil 🙈 hear_no_evil 🙉 speak_no_evil 🙊 sweat 😓 melting_face 🫠 nerd_face 🤓 face_with_monocle 🧐 hugging_face 🤗
fire 🔥 boom 💥 collision 💥 zap ⚡ sparkles ✨ star ⭐ star2 🌟 tada 🎉 confetti_ball 🎊 rocket 🚀 trophy 🏆 medal 🏅 dart 🎯 100 💯
rotating_light 🚨 warning ⚠️ no_entry ⛔ no_entry_sign 🚫 octagonal_sign 🛑 construction 🚧 sos 🆘 ambulance 🚑 fire_engine 🚒
firefighter 🧑‍🚒 fire_extinguisher 🧯 police_car 🚓 helmet_with_white_cross ⛑️ lifebuoy 🛟 ring_buoy 🛟 syringe 💉 adhesive_bandage 🩹
stethoscope 🩺 pill 💊 red_circle 🔴 large_red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢
large_blue_circle 🔵 large_purple_circle 🟣 large_brown_circle 🟤 white_circle ⚪ black_circle ⚫ radio_button 🔘
large_red_square 🟥 red_square 🟥 large_orange_square 🟧 large_yellow_square 🟨 large_green_square 🟩 large_blue_square 🟦
large_purple_square 🟪 white_large_square ⬜ black_large_square ⬛ large_orange_diamond 🔶 large_blue_diamond 🔷
small_orange_diamond 🔸 small_blue_diamond 🔹 small_red_triangle 🔺 small_red_triangle_down 🔻 white_check_mark ✅
heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎ heavy_multiplication_x ✖️ heavy_plus_sign ➕
heavy_minus_sign ➖ question ❓ grey_question ❔ exclamation ❗ heavy_exclamation_mark ❗ grey_exclamation ❕ bangbang ‼️
interrobang ⁉️ information_source ℹ️ arrow_up ⬆️ arrow_down ⬇️ arrow_left ⬅️ arrow_right ➡️ arrow_upper_right ↗️
arrow_lower_right ↘️ arrow_right_hook ↪️ leftwards_arrow_with_hook ↩️ arrows_counterclockwise 🔄 repeat 🔁 recycle ♻️
twisted_rightwards_arrows 🔀 fast_forward ⏩ rewind ⏪ arrow_forward ▶️ double_vertical_bar ⏸️ black_square_for_stop ⏹️
bell 🔔 no_bell 🔕 mega 📣 loudspeaker 📢 speaker 🔈 loud_sound 🔊 mute 🔇 alarm_clock ⏰ stopwatch ⏱️ timer_clock ⏲️ clock 🕰️
mantelpiece_clock 🕰️ hourglass ⌛ hourglass_flowing_sand ⏳ watch ⌚ clock1 🕐 clock3 🕒 clock6 🕕 clock9 🕘 clock12 🕛 date 📅
calendar 📆 spiral_calendar_pad 🗓️ memo 📝 pencil 📝 pencil2 ✏️ lower_left_fountain_pen 🖋️ clipboard 📋 pushpin 📌 round_pushpin 📍
paperclip 📎 link 🔗 bookmark 🔖 label 🏷️ page_facing_up 📄 page_with_curl 📃 scroll 📜 newspaper 📰 books 📚 book 📖 notebook 📓
ledger 📒 file_folder 📁 open_file_folder 📂 card_index_dividers 🗂️ bar_chart 📊 chart_with_upwards_trend 📈
chart_with_downwards_trend 📉 mag 🔍 mag_right 🔎 lock 🔒 unlock 🔓 key 🔑 shield 🛡️ hammer 🔨 wrench 🔧 hammer_and_wrench 🛠️ gear ⚙️
nut_and_bolt 🔩 toolbox 🧰 test_tube 🧪 microscope 🔬 satellite 🛰️ satellite_antenna 📡 electric_plug 🔌 battery 🔋 computer 💻
desktop_computer 🖥️ keyboard ⌨️ iphone 📱 phone ☎️ telephone_receiver 📞 pager 📟 fax 📠 tv 📺 bulb 💡 flashlight 🔦 candle 🕯️
email 📧 envelope ✉️ incoming_envelope 📨 envelope_with_arrow 📩 inbox_tray 📥 outbox_tray 📤 mailbox 📫 package 📦 wastebasket 🗑️
speech_balloon 💬 thought_balloon 💭 left_speech_bubble 🗨️ busts_in_silhouette 👥 bust_in_silhouette 👤 technologist 🧑‍💻
man-technologist 👨‍💻 woman-technologist 👩‍💻 detective 🕵️ sleuth_or_spy 🕵️ superhero 🦸 construction_worker 👷 hard_hat 👷
money_with_wings 💸 moneybag 💰 credit_card 💳 shopping_trolley 🛒 shopping_cart 🛒 house 🏠 office 🏢 hospital 🏥 bank 🏦
earth_africa 🌍 earth_americas 🌎 earth_asia 🌏 globe_with_meridians 🌐 sunny ☀️ cloud ☁️ rain_cloud 🌧️ thunder_cloud_and_rain ⛈️
lightning 🌩️ snowflake ❄️ ocean 🌊 volcano 🌋 rainbow 🌈 crescent_moon 🌙 new_moon 🌑 coffee ☕ tea 🍵 pizza 🍕 beer 🍺 cake 🍰
birthday 🎂 champagne 🍾 popcorn 🍿 bug 🐛 ant 🐜 beetle 🐞 snail 🐌 turtle 🐢 rabbit 🐰 cat 🐱 dog 🐶 owl 🦉 whale 🐳 dolphin 🐬
octopus 🐙 crab 🦀 ferris 🦀 unicorn_face 🦄 dragon 🐉 seedling 🌱 evergreen_tree 🌲 four_leaf_clover 🍀 rose 🌹 herb 🌿
checkered_flag 🏁 triangular_flag_on_post 🚩 waving_white_flag 🏳️ white_flag 🏳️ crossed_flags 🎌 one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣
six 6️⃣ seven 7️⃣ eight 8️⃣ nine 9️⃣ zero 0️⃣ keycap_ten 🔟 new 🆕 ok 🆗 up 🆙 cool 🆒 free 🆓 end 🔚 back 🔙 soon 🔜 on 🔛 top 🔝 tm ™️
copyright ©️ crystal_ball 🔮 jigsaw 🧩 game_die 🎲 performing_arts 🎭 art 🎨 musical_note 🎵 headphones 🎧 microphone 🎤 camera 📷
movie_camera 🎥 clapper 🎬 ticket 🎫 gift 🎁 balloon 🎈 ribbon 🎀 crown 👑 gem 💎 ring 💍 hatching_chick 🐣 dove_of_peace 🕊️ anchor ⚓
airplane ✈️ ship 🚢 car 🚗 bus 🚌 train 🚋 bike 🚲 traffic_light 🚦 vertical_traffic_light 🚦 fuelpump ⛽ bomb 💣 dizzy 💫 sweat_drops 💦
droplet 💧 dash 💨 hole 🕳️ spider_web 🕸️ infinity ♾️ peace_symbol ☮️ scales ⚖️ balance_scale ⚖️ triangular_ruler 📐 straight_ruler 📏
`;

const CHARACTERS = new Map();
const words = TABLE.trim().split(/\s+/);
for (let i = 0; i + 1 < words.length; i += 2) CHARACTERS.set(words[i], words[i + 1]);

/** The names for completion: one per character where several mean the same. */
export const EMOJI_NAMES = [...CHARACTERS.keys()];

/** What the hover toolbar and the small picker offer, most used on call first. */
export const PICKER = [
  "pushpin", "eyes", "white_check_mark", "+1", "fire", "rotating_light", "pray", "tada",
  "heart", "raised_hands", "thinking_face", "memo", "hourglass_flowing_sand", "bell", "warning", "x",
  "100", "rocket", "bulb", "joy", "sob", "zap", "bug", "crab",
];

// 🏻 to 🏿: Slack's skin tones 2 to 6 follow an emoji as a second short name.
const TONES = { 2: "\u{1F3FB}", 3: "\u{1F3FC}", 4: "\u{1F3FD}", 5: "\u{1F3FE}", 6: "\u{1F3FF}" };

/** The character for a short name (`+1`, or `+1::skin-tone-3` as reactions have it), or undefined. */
export function emoji(name) {
  const [base, tone] = name.split("::skin-tone-");
  const character = CHARACTERS.get(base);
  if (character === undefined || tone === undefined) return character;
  // A variation selector and a tone exclude each other: "☝️" + tone must be "☝" + tone.
  return character.replace(/\uFE0F$/u, "") + (TONES[tone] ?? "");
}
