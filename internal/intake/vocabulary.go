package intake

import (
	"strings"
	"sync"
)

// vocabulary is the one table of names that columns have, by what they mean: as
// English, German, French, Spanish, Portuguese, Italian, Dutch, Polish, Turkish,
// Russian, Japanese and Chinese files name them, and as the systems do that people
// export from. A name is written in any spelling: [fold] makes it one.
var vocabulary = []struct {
	meaning
	names string
}{
	{meaning{role: roleEmail}, `email, mail, email address, mail address, e-mail addr, emails, emails.value, primary email, primary email address,
		primary mail, user email, user email address, contact email, work email, work email address, business email, company email, school email, student email,
		login email, sign-in email, email id, mail id, your email, your email address, smtp address, primary smtp address, smtp, emailaddress1, e-mail to, recipient,
		E-Mail-Adresse, Mailadresse, E-Mail dienstlich, dienstliche E-Mail, dienstliche E-Mail-Adresse, E-Mail geschäftlich, geschäftliche E-Mail, Ihre E-Mail-Adresse,
		adresse e-mail, adresse mail, adresse électronique, adresse courriel, adresse de courriel, adresse de messagerie, courriel, courrier électronique, mél, adresse mél, messagerie,
		e-mail professionnel, email professionnel, courriel professionnel, adresse e-mail professionnelle,
		correo, correo electrónico, correo-e, dirección de correo, dirección de correo electrónico, dirección de email, dirección e-mail, dirección electrónica, correo institucional, correo corporativo,
		correio eletrónico, correio electrónico, correio eletrônico, endereço de e-mail, endereço de correio eletrónico, endereço eletrónico, endereço de correio eletrônico, endereço e-mail, e-mail institucional, e-mail corporativo,
		posta elettronica, indirizzo e-mail, indirizzo mail, indirizzo di posta elettronica, indirizzo di posta, indirizzo di email, indirizzo email, email aziendale,
		e-mailadres, mailadres, e-mail adres, zakelijk e-mailadres, e-mailadres werk, e-mail werk,
		adres e-mail, adres email, adres mailowy, adres poczty elektronicznej, poczta elektroniczna, poczta, e-mail służbowy, adres e-mail służbowy,
		e-posta, e-posta adresi, elektronik posta, elektronik posta adresi, e-mail adresi, mail adresi, kurumsal e-posta, iş e-postası,
		электронная почта, почта, эл. почта, эл почта, адрес электронной почты, адрес эл. почты, электронный адрес, эл. адрес, адрес почты, e-mail адрес, адрес e-mail, имейл, емейл, мейл, мэйл, рабочая почта, рабочий email,
		メール, メールアドレス, eメール, eメールアドレス, e-mailアドレス, mailアドレス, 電子メール, 電子メールアドレス, メルアド, 会社メールアドレス,
		邮箱, 电子邮箱, 电子邮件, 邮件, 邮箱地址, 电子邮箱地址, 电子邮件地址, 邮件地址, 电邮, 电邮地址, email地址, 公司邮箱, 工作邮箱, 電子郵件, 電子郵件地址, 電子信箱, 信箱, 電郵, 電郵地址, 郵箱, 郵件地址`},
	{meaning{role: roleUsername}, `username, user name, cognito:username, user principal name, upn, login, login name, user login, account name, user account,
		Benutzername, Anmeldename, nom d'utilisateur, identifiant, nombre de usuario, usuario, nome de usuário, nome de utilizador, nome utente, gebruikersnaam, nazwa użytkownika, kullanıcı adı, имя пользователя, логин, ユーザー名, ユーザ名, 用户名, 用戶名, 使用者名稱`},
	{meaning{role: roleGroups}, `groups, group, group name, group names, groups.display, groups.value, user group, user groups, role, roles, user role, user roles,
		Gruppe, Gruppen, Benutzergruppe, Benutzergruppen, Rolle, Rollen, groupe, groupes, rôle, rôles, grupo, grupos, rol, gruppo, gruppi, ruolo, ruoli, papel, função de utilizador, groep, groepen,
		grupa, grupy, rola, role użytkownika, grup, gruplar, группа, группы, роль, роли, グループ, グループ名, ロール, 组, 群组, 用户组, 小组, 群組, 組, 角色`},
	{meaning{role: roleAttributes}, `attributes`},
	{meaning{role: roleRef}, `ref, reference, external id, user id`},
	{meaning{attribute: "name"}, `name, full name, display name, name.formatted, complete name,
		vollständiger Name, ganzer Name, Vor- und Nachname, Vorname Nachname, Anzeigename, Nachname und Vorname, nom complet, nom et prénom, prénom et nom, nom prénom, prénom nom, nom affiché, nom d'affichage,
		nombre completo, nombre y apellidos, nombre y apellido, nombres y apellidos, apellidos y nombre, nombre para mostrar, nome completo, nome e sobrenome, nome e apelido, nome e cognome, cognome e nome, nome cognome, cognome nome, nome visualizzato, nominativo,
		naam, volledige naam, weergavenaam, imię i nazwisko, nazwisko i imię, pełne imię i nazwisko, nazwa wyświetlana, ad soyad, adı soyadı, isim soyisim, tam ad, ad soyadı, görünen ad,
		фио, ф.и.о., полное имя, имя и фамилия, фамилия и имя, фамилия имя отчество, отображаемое имя, 氏名, 名前, お名前, 姓名, 表示名, フルネーム, 名字, 全名, 显示名称, 顯示名稱`},
	{meaning{attribute: "given_name"}, `given name, first name, forename, fname, firstname, name.givenname, christian name, preferred first name,
		Vorname, Vornamen, Rufname, prénom, prénoms, nombre, nombres, primer nombre, nombre de pila, nome, primeiro nome, nome próprio, nome di battesimo, voornaam, roepnaam, imię, imiona, ad, adı, isim, ilk ad, имя, 名, 下の名前, 名 (名), 名字 (名)`},
	{meaning{attribute: "family_name"}, `family name, last name, surname, lname, lastname, name.familyname,
		Nachname, Familienname, Zuname, nom, nom de famille, nom d'usage, apellido, apellidos, primer apellido, sobrenome, apelido, apelidos, último nome, cognome, achternaam, familienaam, nazwisko, soyad, soyadı, soyisim, фамилия, 姓, 苗字, 姓氏`},
	{meaning{attribute: "middle_name"}, `middle name, additional name, name.middlename, zweiter Vorname, deuxième prénom, segundo nombre, nome do meio, secondo nome, tussenvoegsel, drugie imię, ikinci ad, отчество`},
	{meaning{attribute: "nickname"}, `nickname, Spitzname, surnom, apodo, alcunha, soprannome, bijnaam, pseudonim, takma ad, прозвище, псевдоним, ニックネーム, 昵称, 暱稱`},
	{meaning{attribute: "preferred_username"}, `preferred_username`},
	{meaning{attribute: "profile"}, `profile, profile url`},
	{meaning{attribute: "picture"}, `picture`},
	{meaning{attribute: "website"}, `website`},
	{meaning{attribute: "gender"}, `gender, Geschlecht, sexe, género, gênero, sesso, geslacht, płeć, cinsiyet, пол, 性別, 性别`},
	{meaning{attribute: "locale"}, `locale`},
	{meaning{attribute: "zoneinfo"}, `zoneinfo, timezone, Zeitzone, fuseau horaire, zona horaria, fuso horário, fuso orario, tijdzone, strefa czasowa, saat dilimi, часовой пояс, タイムゾーン, 时区, 時區`},
	{meaning{attribute: "address"}, `address`},
	{meaning{attribute: "birthdate"}, `birthdate, date of birth, birthday, birth date, dob, Geburtsdatum, Geburtstag, date de naissance, fecha de nacimiento, data de nascimento, data di nascita, geboortedatum, data urodzenia, doğum tarihi, дата рождения, 生年月日, 誕生日, 出生日期, 生日`},
	{meaning{attribute: "phone_number"}, `phone number, phone, mobile, mobile phone, mobile number, telephone, telephone number, cell, cell phone, phone numbers, phonenumbers.value,
		Telefon, Telefonnummer, Handy, Handynummer, Mobil, Mobiltelefon, Mobilnummer, Rufnummer, téléphone, numéro de téléphone, portable, téléphone portable, tél, mobile, teléfono, número de teléfono, móvil, teléfono móvil, celular,
		telefone, número de telefone, telemóvel, telefono, numero di telefono, cellulare, telefoonnummer, telefoon, mobiel, numer telefonu, telefon komórkowy, komórka, telefon numarası, cep telefonu,
		телефон, номер телефона, мобильный телефон, мобильный, сотовый, 電話番号, 電話, 携帯電話, 携帯番号, 携帯, 电话, 手机, 手机号, 手机号码, 电话号码, 電話號碼, 手機, 手機號碼`},
	{meaning{role: roleIgnored, why: whyPool}, `updated_at, sub`},
	{meaning{role: roleIgnored, why: whyVerified}, `email_verified, phone_number_verified, phone_verified`},
}

// secretWords are those that, as a part of a name, say that a column holds secrets.
const secretWords = `password, passwd, passphrase, passcode, passwort, kennwort, losungswort, geheimwort, motdepasse, contraseña, contrasena, senha, palavra-passe, palavra passe, palavrapasse,
	wachtwoord, hasło, şifre, parola, пароль, パスワード, 暗証番号, 密码, 密碼, 口令, pwd, api key, private key, secret key, access key, recovery code, backup code, recovery key, totp, mfa secret,
	security answer, security question, secret answer, secret question, Sicherheitsantwort, Sicherheitsfrage, réponse secrète, réponse de sécurité, question secrète, respuesta secreta, respuesta de seguridad, pregunta secreta,
	resposta secreta, resposta de segurança, risposta segreta, risposta di sicurezza, beveiligingsantwoord, odpowiedź na pytanie, güvenlik cevabı, gizli cevap, ответ на секретный, секретный ответ, контрольный ответ, 秘密の答え, 秘密の質問, 安全问题, 密保, 验证码,
	Wiederherstellungscode, Wiederherstellungsschlüssel, Zugangscode, Sicherheitscode, code secret, code de récupération, codes de récupération, código de recuperación, códigos de recuperación, código de recuperação, códigos de recuperação, codice di recupero, codici di recupero, herstelcode, kod odzyskiwania, kurtarma kodu, код восстановления, коды восстановления,
	clé secrète, clé api, clave secreta, clave api, chave secreta, chave de api, chiave segreta, chiave api, geheime sleutel, klucz api, tajny klucz, gizli anahtar, секретный ключ, ключ api, 秘密鍵, 密钥, 密鑰, 私钥, apiキー, バックアップコード, リカバリーコード, 恢复代码, 备用码`

// secretNames are words that say so where they are a whole word of the name.
const secretNames = `pass, pw, secret, secrets, pin, otp, token, tokens, hash, salt, credentials, clave, Geheimnis, секрет, токен, пин, jeton, segreto, segredo, secreto, geheim`

// known gives the vocabulary by folded name. Of a name that is listed twice, the
// first counts.
var known = sync.OnceValue(func() map[string]meaning {
	all := map[string]meaning{}
	for _, v := range vocabulary {
		for _, name := range folded(v.names) {
			if _, twice := all[name]; !twice {
				all[name] = v.meaning
			}
		}
	}
	return all
})

var secretParts = sync.OnceValue(func() []string { return folded(secretWords) })

var secretWhole = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, name := range folded(secretNames) {
		all[name] = true
	}
	return all
})

// folded splits a list at its commas and folds each name.
func folded(list string) []string {
	names := strings.Split(list, ",")
	for i, name := range names {
		names[i] = fold(strings.TrimSpace(name))
	}
	return names
}
