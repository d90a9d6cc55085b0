#include "testing/test_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace wenming::testing {
namespace {

template <auto Free>
struct Freeing {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freeing<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freeing<X509_EXTENSION_free>>;
using File = std::unique_ptr<std::FILE, Freeing<std::fclose>>;

Certificate self_signed(EVP_PKEY* key, const std::string& subject_names) {
  constexpr long kDay = 24 * 60 * 60;
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDay);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  const Extension names(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, subject_names.c_str()));
  X509_add_ext(certificate.get(), names.get(), -1);
  if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) throw std::runtime_error("cannot sign a certificate");
  return certificate;
}

}  // namespace

TestCertificate::TestCertificate(const std::string& names) {
  std::string pattern = std::filesystem::temp_directory_path() / "wenming-tls-XXXXXX";
  if (!mkdtemp(pattern.data())) throw std::runtime_error("cannot make a directory for a certificate");
  directory_ = pattern;
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = self_signed(key.get(), names);
  const File key_pem(std::fopen(key_file().c_str(), "w"));
  PEM_write_PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  const File certificate_pem(std::fopen(certificate_file().c_str(), "w"));
  PEM_write_X509(certificate_pem.get(), certificate.get());
}

TestCertificate::~TestCertificate() {
  std::error_code ignored;  // a directory that stays behind fails no test
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace wenming::testing
